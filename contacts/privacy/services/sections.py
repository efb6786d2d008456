"""What an export tells beside the declared fields: duties, changes, mail, consent. Each app adds its
own through the registry; every row is about the person alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.core import dates
from backoffice.core.personal_data import EXPORT_SECTIONS, MAP, Subject
from backoffice.delivery.personal_data import deliveries_of
from contacts.models import Contact, ContactAddress, RoleAssignment


def sections_of(subject: Subject) -> list[dict[str, Any]]:
    """Title and rows of every section that has any, in the active language."""
    return [
        {"title": str(section.title), "rows": rows}
        for _name, section in EXPORT_SECTIONS
        if (rows := [dict(row) for row in section.rows(subject)])
    ]


def duties(subject: Subject) -> Iterator[dict[str, str]]:
    """Duties the person holds or held."""
    rows = RoleAssignment.objects.filter(contact_id=subject.contact_id or 0)
    for duty in rows.select_related("organisation", "role_type").order_by("valid_from", "pk"):
        last = dates.last_day(duty.valid_until)
        yield {
            _("Organisation"): str(duty.organisation),
            _("Duty"): str(duty.role_type),
            _("From"): date_format(duty.valid_from),
            _("Until"): date_format(last) if last else "",
        }


def messages(subject: Subject) -> Iterator[dict[str, str]]:
    """The mail log: when, what kind, to which of the person's addresses, what came of it."""
    for row in deliveries_of(subject).order_by("created_at", "pk"):
        if row.address.lower() in subject.addresses:
            yield {
                _("Day"): date_format(timezone.localtime(row.created_at)),
                _("Kind"): row.get_mail_class_display(),
                _("Address"): row.address,
                _("State"): row.get_state_display(),
            }


def changes(subject: Subject) -> Iterator[dict[str, str]]:
    """Earlier versions of name, telephone and addresses; not who made them."""
    contact_id = subject.contact_id or 0
    for model, own in ((Contact, {"id": contact_id}), (ContactAddress, {"contact_id": contact_id})):
        fields = [
            name
            for name, item in MAP.get(model._meta.label_lower).personal.items()
            if item.exported and name != "name_folded"
        ]
        for version in model.history.filter(**own).order_by("history_date", "history_id"):
            for name in fields:
                if value := getattr(version, name):
                    yield {
                        _("Day"): date_format(timezone.localtime(version.history_date)),
                        _("Field"): str(model._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
                        _("Value then"): str(value),
                    }
