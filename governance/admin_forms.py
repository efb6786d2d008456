"""Forms of the steps an election goes through."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import OperationForm
from contacts.models import Contact, Organisation
from governance.enums import Answer, CorrectionKind
from governance.models import Election
from governance.sealing.canonical import document_id
from governance.services.definition import build_definition


class ReadBackForm(OperationForm):
    """Carries the hash of what is on the screen, so that nobody confirms something else."""

    takes_object = True
    definition_id = forms.CharField(widget=forms.HiddenInput)
    confirm = forms.BooleanField(
        label=_("I have read seats, rules, options and times aloud and they are right")
    )

    def __init__(self, *args, obj: Election | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if obj is not None:
            self.fields["definition_id"].initial = document_id(build_definition(obj))


class JsonFileForm(OperationForm):
    file = forms.FileField(label=_("File"))


class BallotFilesForm(OperationForm):
    """The files the tellers' tool wrote."""

    takes_object = True
    seed = forms.CharField(
        label=_("Seed for lots, hexadecimal"),
        required=False,
        help_text=_("Drawn in public after close; needed only where a lot decides."),
    )

    def __init__(self, *args, obj: Election | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for box in obj.boxes if obj else []:
            self.fields[f"ballots-{box}"] = forms.FileField(label=f"ballots-{box}.json")
            if obj and obj.codes:
                self.fields[f"codes-{box}"] = forms.FileField(label=f"codes-{box}.json")


def _single(found: list, text: str):
    """The only record that fits; a refusal that lists what fits otherwise."""
    if not found:
        raise forms.ValidationError(_("Nothing fits “%(text)s”."), params={"text": text})
    if len(found) > 1:
        names = ", ".join(f"{row} ({row.pk})" for row in found[:5])
        raise forms.ValidationError(
            _("Several fit: %(names)s. Give the number."), params={"names": names}
        )
    return found[0]


class _OfMember(OperationForm):
    """A form whose first field finds one organisation."""

    organisation = forms.CharField(
        label=_("Member"), help_text=_("Name, identifier, or number of the organisation.")
    )

    def clean_organisation(self) -> Organisation:
        text = self.cleaned_data["organisation"].strip()
        rows = Organisation.objects.current()
        rows = rows.filter(pk=int(text)) if text.isdigit() else rows.matching(text)
        return _single(list(rows.distinct()[:6]), text)


class AnswerForm(_OfMember):
    answer = forms.ChoiceField(label=_("Answer"), choices=Answer.choices)


class CorrectionForm(_OfMember):
    kind = forms.ChoiceField(label=_("Change"), choices=CorrectionKind.choices)
    contact = forms.CharField(
        label=_("New voting contact"),
        required=False,
        help_text=_("Name, address, or number of the contact."),
    )
    reason = forms.CharField(label=_("Reason, published in the report"), max_length=300)

    def clean_contact(self) -> Contact | None:
        text = self.cleaned_data.get("contact", "").strip()
        if not text:
            return None
        rows = Contact.objects.living()
        rows = rows.filter(pk=int(text)) if text.isdigit() else rows.matching(text)
        return _single(list(rows.distinct()[:6]), text)


class ReasonForm(OperationForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)
