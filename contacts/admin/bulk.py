"""Bulk acts of the lists; each whole run is on the import page, where it can be taken back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import BulkOperation, OperationForm
from backoffice.core.dates import today
from contacts.models import Contact, ImportRun, Organisation, Tag
from contacts.services import bulk

EXPLAIN = _(
    "One by one. The whole run is listed under “Imports” and can be taken back there for 30 days."
)


class TagForm(OperationForm):
    tag = forms.ModelChoiceField(Tag.objects.all(), label=_("Tag"))


def _run_of(request: Any, kind: str, actor: Any) -> ImportRun:
    """One run for all records of the request."""
    run = getattr(request, "bulk_run", None)
    if run is None:
        run = request.bulk_run = bulk.start_bulk(kind=kind, actor=actor, on=today())
    return run


def _said(changed: bool) -> str:
    return _t("Changed.") if changed else _t("It was so already.")


def _tag(record, actor, data, request) -> str:
    run = _run_of(request, "tag", actor)
    return _said(bulk.tag_record(run=run, record=record, tag=data["tag"], actor=actor))


def _untag(record, actor, data, request) -> str:
    run = _run_of(request, "untag", actor)
    return _said(bulk.untag_record(run=run, record=record, tag=data["tag"], actor=actor))


def _edit(record, actor, data, request) -> str:
    run = _run_of(request, "edit", actor)
    field, _sep, value = data["change"].partition("=")
    return _said(bulk.edit_record(run=run, record=record, field=field, value=value, actor=actor))


def _edit_form(model: type) -> type[OperationForm]:
    """Every allowed field with every allowed value, as one list to choose from."""

    class EditForm(OperationForm):
        change = forms.ChoiceField(label=_("Set"))

        def __init__(self, *args, **kwargs) -> None:
            choices = []
            for name in bulk.FIELDS[model._meta.label_lower]:  # type: ignore[attr-defined]
                field = model._meta.get_field(name)  # type: ignore[attr-defined]
                values = field.choices or (("en-gb", _("English")), ("de", _("German")))
                group = [(f"{name}={value}", label) for value, label in values]
                choices.append((str(field.verbose_name), group))
            self.base_fields["change"].choices = choices  # type: ignore[attr-defined]
            super().__init__(*args, **kwargs)

    return EditForm


def bulk_acts(model: type, permission: str) -> tuple[BulkOperation, ...]:
    return (
        BulkOperation("tag", _("Add a tag"), permission, _tag, EXPLAIN, TagForm),
        BulkOperation("untag", _("Remove a tag"), permission, _untag, EXPLAIN, TagForm),
        BulkOperation("edit", _("Change a field"), permission, _edit, EXPLAIN, _edit_form(model)),
    )


ORGANISATIONS = bulk_acts(Organisation, "contacts.change_organisation")
CONTACTS = bulk_acts(Contact, "contacts.change_contact")
