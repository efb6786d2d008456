"""Forms that members and candidates fill in. Errors name the field and lose nothing."""

from __future__ import annotations

from datetime import date

from django import forms
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, Organisation
from governance.models import Contest, Meeting
from governance.services.nominations import MOST_STATEMENT


class ContestField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Contest) -> str:  # type: ignore[override]
        """An office with its election and the last day of the call."""
        until = obj.election.nominations_until
        day = _("until %(day)s") % {"day": date_format(until)} if until else ""
        return f"{obj.election.title}: {obj.title} ({day})"


def choose_from(form: forms.Form, **querysets: QuerySet) -> None:
    """Sets what fields of the form offer."""
    for name, rows in querysets.items():
        field = form.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows


class StatementForm(forms.Form):
    statement = forms.CharField(
        label=_("Statement"),
        max_length=MOST_STATEMENT,
        widget=forms.Textarea,
        help_text=_("It stands on the ballot beside your name as you write it here."),
    )
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_(
            "JPEG, PNG or WebP, at most 5 MB. It is cut square; place and camera data are removed."
        ),
    )


class StandForm(StatementForm):
    """Stand for an office oneself, for a member one holds a duty for."""

    contest = ContestField(label=_("Office"), queryset=Contest.objects.none())
    organisation = forms.ModelChoiceField(
        label=_("For the member"), queryset=Organisation.objects.none()
    )
    independent = forms.BooleanField(
        label=_("I stand as an independent candidate"),
        required=False,
        help_text=_(
            "Not for the committee's list: ten other members have to support you on this page."
        ),
    )
    field_order = ("contest", "organisation", "statement", "photo", "independent")

    def __init__(self, *args, contests, members, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, contest=contests)
        choose_from(self, organisation=members)


class ProposeForm(forms.Form):
    """Propose somebody else, who is asked by mail."""

    contest = ContestField(label=_("Office"), queryset=Contest.objects.none())
    given_name = forms.CharField(label=_("Given name"), max_length=200)
    family_name = forms.CharField(label=_("Family name"), max_length=200)
    address = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("We write to this person once and ask. Nothing is published before a yes."),
    )
    member = forms.CharField(
        label=_("Member the person belongs to"), help_text=_("Name or identifier.")
    )

    def __init__(self, *args, contests, on: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        choose_from(self, contest=contests)

    def clean_member(self) -> Organisation:
        text = self.cleaned_data["member"].strip()
        rows = Organisation.objects.in_good_standing(on=self.on).matching(text)
        found = list(rows.distinct()[:6])
        exact = [
            row for row in found if text.casefold() in (row.name.casefold(), str(row).casefold())
        ]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if not found:
            raise forms.ValidationError(_("No member fits this name."))
        names = ", ".join(str(row) for row in found[:5])
        raise forms.ValidationError(_("Several members fit: %(names)s."), params={"names": names})


class MotionForm(forms.Form):
    meeting = forms.ModelChoiceField(label=_("Meeting"), queryset=Meeting.objects.none())
    organisation = forms.ModelChoiceField(
        label=_("For the member"), queryset=Organisation.objects.none()
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    text = forms.CharField(label=_("Text"), max_length=10_000, widget=forms.Textarea)

    def __init__(self, *args, meetings, members, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, meeting=meetings)
        choose_from(self, organisation=members)


class ObjectionForm(forms.Form):
    organisation = forms.ModelChoiceField(
        label=_("For the member"), queryset=Organisation.objects.none()
    )
    text = forms.CharField(
        label=_("What is wrong, and how it should read"), max_length=4000, widget=forms.Textarea
    )

    def __init__(self, *args, members, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, organisation=members)


def members_of(contact: Contact, on: date, *, voting: bool = False) -> QuerySet[Organisation]:
    """Organisations the contact holds a duty for that day; ``voting``: speaks for as a voter."""
    duties = contact.duties.open(on=on)
    if voting:
        duties = duties.filter(role_type__votes=True)
        return Organisation.objects.voting(on=on).filter(pk__in=duties.values("organisation"))
    return Organisation.objects.filter(pk__in=duties.values("organisation")).order_by("name")
