"""Forms of the acts on an application."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import OperationForm
from backoffice.core.dates import today
from contacts.admin.forms import BySymbolField


class ReviewForm(OperationForm):
    takes_object = True

    sanctions_checked_on = forms.DateField(
        label=_("Sanctions lists checked on"), required=False, initial=today
    )
    sanctions_note = forms.CharField(
        label=_("Sanctions lists: what was found"), widget=forms.Textarea, required=False,
        max_length=5000,
    )  # fmt: skip
    duplicates_note = forms.CharField(
        label=_("Duplicates: is it on the roll already, or was it?"), widget=forms.Textarea,
        required=False, max_length=5000,
    )  # fmt: skip
    affiliates_note = forms.CharField(
        label=_("Affiliates: parents, sisters, earlier revocations"), widget=forms.Textarea,
        required=False, max_length=5000,
    )  # fmt: skip
    revenue_band = forms.CharField(label=_("Revenue band"), max_length=80, required=False)
    lead = BySymbolField(label=_("Consortium or sponsor (symbol or name)"), required=False)
    effective_on = forms.DateField(label=_("Start of membership"), required=False)
    review_notes = forms.CharField(
        label=_("Other notes"), widget=forms.Textarea, required=False, max_length=5000
    )

    def __init__(self, *args, obj=None, **kwargs) -> None:
        initial = {
            name: getattr(obj, name)
            for name in self.base_fields
            if name != "lead" and getattr(obj, name) not in (None, "")
        }
        lead = obj.lead.name if obj.lead else obj.lead_name
        super().__init__(*args, initial={"lead": lead, **initial}, **kwargs)


class ApproveForm(OperationForm):
    takes_object = True

    effective_on = forms.DateField(
        label=_("Start of membership"),
        help_text=_("Moved to the first day that the agency's rule allows."),
    )
    existing = BySymbolField(
        label=_("Use the record of (symbol or name)"), required=False,
        help_text=_("When the applicant is on the roll already. Otherwise a new record is made."),
    )  # fmt: skip

    def __init__(self, *args, obj=None, **kwargs) -> None:
        from contacts.services.admission import earliest_start

        start = earliest_start(obj, wished=obj.effective_on or today())
        super().__init__(*args, initial={"effective_on": start}, **kwargs)


class ReasonForm(OperationForm):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea, max_length=5000)


class WithdrawForm(OperationForm):
    reason = forms.CharField(
        label=_("Reason given"), widget=forms.Textarea, max_length=5000, required=False
    )
