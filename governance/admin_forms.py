"""Forms of the steps an election goes through."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import OperationForm
from contacts.models import Contact, Organisation
from governance.enums import CorrectionKind
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


class CorrectionForm(OperationForm):
    organisation = forms.IntegerField(label=_("Member (number)"))
    kind = forms.ChoiceField(label=_("Change"), choices=CorrectionKind.choices)
    contact = forms.IntegerField(label=_("New voting contact (number)"), required=False)
    reason = forms.CharField(label=_("Reason, published in the report"), max_length=300)

    def clean_organisation(self) -> Organisation:
        found = Organisation.objects.filter(pk=self.cleaned_data["organisation"]).first()
        if found is None:
            raise forms.ValidationError(_("There is no such member."))
        return found

    def clean_contact(self) -> Contact | None:
        number = self.cleaned_data.get("contact")
        if not number:
            return None
        found = Contact.objects.living().filter(pk=number).first()
        if found is None:
            raise forms.ValidationError(_("There is no such contact."))
        return found


class ReasonForm(OperationForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)
