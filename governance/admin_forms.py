"""Forms of the steps an election goes through."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import OperationForm
from contacts.models import Contact, Organisation
from governance.enums import Answer, CorrectionKind, TermOrigin
from governance.models import Body, Election, Meeting, Minutes, Seat
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


class MinutesForm(OperationForm):
    """Starts with the text as it stands."""

    takes_object = True
    text = forms.CharField(
        label=_("Minutes"),
        widget=forms.Textarea(attrs={"rows": 20}),
        help_text=_("Markdown: # heading, * list, **strong**."),
    )
    signed_by = forms.CharField(
        label=_("Signed by"), max_length=300, help_text=_("As on the paper, with their offices.")
    )

    def __init__(self, *args, obj: Meeting | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        minutes = Minutes.objects.filter(meeting=obj).first() if obj else None
        if minutes is not None:
            self.fields["text"].initial = minutes.text
            self.fields["signed_by"].initial = minutes.signed_by
        elif obj is not None:
            items = "\n\n".join(f"## {item}" for item in obj.agenda.all())
            self.fields["text"].initial = f"# {obj.title}\n\n{items}"


class ObjectionForm(_OfMember):
    received_on = forms.DateField(label=_("Received on"), initial=dates.today)
    text = forms.CharField(label=_("Objection"), widget=forms.Textarea, max_length=4000)


class OutcomeForm(OperationForm):
    outcome = forms.CharField(label=_("Outcome"), widget=forms.Textarea, max_length=2000)


class CopyForm(OperationForm):
    opens_at = forms.DateTimeField(label=_("Voting opens"))
    closes_at = forms.DateTimeField(label=_("Voting closes"))

    def clean(self) -> dict:
        data = super().clean() or {}
        if data.get("opens_at") and data.get("closes_at") and data["opens_at"] >= data["closes_at"]:
            self.add_error("closes_at", _("Voting closes after it opens."))
        return data


class TermForm(_OfMember):
    """Somebody takes a vacant seat."""

    takes_object = True
    seat = forms.ModelChoiceField(label=_("Seat"), queryset=Seat.objects.none())
    contact = forms.CharField(
        label=_("Person"),
        required=False,
        help_text=_("Name, address, or number of the contact."),
    )
    origin = forms.ChoiceField(label=_("Came by"), choices=TermOrigin.choices)
    valid_from = forms.DateField(label=_("From"), initial=dates.today)
    last_day = forms.DateField(
        label=_("Last day"), required=False, help_text=_("Empty: until further notice.")
    )

    def __init__(self, *args, obj: Body | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if obj is not None:
            seat = self.fields["seat"]
            assert isinstance(seat, forms.ModelChoiceField)
            seat.queryset = obj.seats.order_by("position")
            self.order_fields(["seat", "organisation", "contact", "origin", "valid_from"])

    clean_contact = CorrectionForm.clean_contact
