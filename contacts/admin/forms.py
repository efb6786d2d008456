"""Forms of the roll's operations."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import OperationForm
from backoffice.core.dates import today
from contacts.enums import EndReason, SuspensionReason
from contacts.models import MemberType, Organisation, RoleType


class ByAddressField(forms.EmailField):
    """A contact named by its address: a list of 100,000 people fits no select box."""

    def clean(self, value):
        from backoffice.core.errors import BadInput
        from contacts.services.people import find_contact

        address = super().clean(value)
        if not address:
            return None
        try:
            contact = find_contact(address)
        except BadInput as error:
            raise forms.ValidationError(error.message) from error
        if contact is None:
            raise forms.ValidationError(
                _("No contact has this address yet; add the contact first.")
            )
        return contact


class BySymbolField(forms.CharField):
    """An organisation named by symbol, ROR id or exact name."""

    def clean(self, value):
        from backoffice.core.texts import fold

        text = super().clean(value).strip()
        if not text:
            return None
        found = list(
            Organisation.objects.current().filter(identifiers__value__iexact=text).distinct()[:2]
        ) or list(Organisation.objects.current().filter(name_folded__startswith=fold(text))[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                _("No organisation fits.")
                if not found
                else _("Several organisations fit; give the symbol.")
            )
        return found[0]


class DutyForm(OperationForm):
    role_type = forms.ModelChoiceField(RoleType.objects.all(), label=_("Duty"))
    contact = ByAddressField(label=_("Contact (e-mail address)"))
    order = forms.IntegerField(
        label=_("Order"), min_value=1, max_value=9, initial=1,
        help_text=_("1 is the holder, 2 and more are deputies."),
    )  # fmt: skip
    on = forms.DateField(label=_("From"), initial=today)
    take_over = forms.BooleanField(
        label=_("Take the duty over from its present holder"), required=False
    )


class StartForm(OperationForm):
    member_type = forms.ModelChoiceField(MemberType.objects.all(), label=_("Member type"))
    on = forms.DateField(label=_("From"), initial=today)
    lead = BySymbolField(
        label=_("Consortium or sponsor (symbol or name)"), required=False,
        help_text=_("Needed for types that stand below a lead."),
    )  # fmt: skip


class SuspendForm(OperationForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=SuspensionReason.choices)
    on = forms.DateField(label=_("From"), initial=today)
    flows_down = forms.BooleanField(
        label=_("Includes the organisations below"), required=False, initial=True
    )
    note = forms.CharField(label=_("Reason in words"), max_length=200)


class DayForm(OperationForm):
    on = forms.DateField(label=_("On"), initial=today)


class EndForm(OperationForm):
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[c for c in EndReason.choices if c[0] not in ("moved", "merged", "imported")],
    )
    on = forms.DateField(label=_("First day without membership"), initial=today)
    note = forms.CharField(label=_("Reason in words"), widget=forms.Textarea, max_length=5000)


class NoteForm(OperationForm):
    text = forms.CharField(label=_("Note"), widget=forms.Textarea, max_length=10_000)


class NewContactForm(OperationForm):
    given_name = forms.CharField(label=_("Given name"), max_length=200, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=200, required=False)
    address = forms.EmailField(label=_("E-mail address"))


class AddressForm(OperationForm):
    address = forms.EmailField(label=_("New e-mail address"))
    on = forms.DateField(label=_("From"), initial=today)
