"""Forms of the legal acts on a membership: each dated, each with its reason."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import OperationForm
from backoffice.core.dates import today
from contacts.admin.forms import BySymbolField
from contacts.models import MemberType

WHY = _("Reason")


def reason(label=WHY, *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea, max_length=5000, required=required)


class WhyForm(OperationForm):
    note = reason()


class ReinstateForm(OperationForm):
    on = forms.DateField(label=_("From"), initial=today)
    note = reason()


class NoticeForm(OperationForm):
    notice_on = forms.DateField(label=_("Notice received on"), initial=today)
    note = reason(_("Reason given"), required=False)


class RemovalForm(OperationForm):
    decided_on = forms.DateField(label=_("Decided by the board on"), initial=today)
    on = forms.DateField(label=_("First day without membership"), initial=today)
    note = reason(_("Decision (minutes, number)"))
    on_paper = forms.BooleanField(
        label=_("The reminders are on paper, as the reason says"), required=False
    )


class ExclusionForm(OperationForm):
    hearing_on = forms.DateField(label=_("Heard on"))
    decided_on = forms.DateField(label=_("Decided on"), initial=today)
    reasons = reason(_("Written reasons"))
    by_assembly = forms.BooleanField(
        label=_("Decided by the assembly: acts the day after"), required=False
    )


class AppealForm(OperationForm):
    received_on = forms.DateField(label=_("Received on"), initial=today)
    note = reason(_("What it says"), required=False)


class MoveForm(OperationForm):
    member_type = forms.ModelChoiceField(
        MemberType.objects.all(), label=_("New member type"), required=False,
        help_text=_("Leave empty to keep the type."),
    )  # fmt: skip
    lead = BySymbolField(
        label=_("New consortium or sponsor (symbol or name)"), required=False,
        help_text=_("Needed for types that stand below a lead."),
    )  # fmt: skip
    on = forms.DateField(label=_("From"), initial=today)
    note = reason(required=False)


class MoveRepositoryForm(OperationForm):
    to = BySymbolField(label=_("New holder (symbol or name)"))
    on = forms.DateField(label=_("From"), initial=today)
    note = reason(required=False)

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day > today():
            raise forms.ValidationError(_("A repository moves today or moved earlier, not ahead."))
        return day
