"""Forms of the removal desk."""

from __future__ import annotations

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import OperationForm
from backoffice.core.dates import today
from contacts.privacy.enums import CaseKind, Outcome, TaskState


class EvidenceForm(OperationForm):
    state = forms.ChoiceField(
        label=_("Result"), choices=[c for c in TaskState.choices if c[0] != TaskState.OPEN]
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=300,
        help_text=_("Ticket or export number, never an address."),
    )


class FindingForm(OperationForm):
    takes_object = True
    finding = forms.ChoiceField(label=_("Finding"))

    def __init__(self, *args, obj=None, **kwargs) -> None:
        finding = cast(forms.ChoiceField, self.base_fields["finding"])
        finding.choices = [
            (f"{hit['model']}|{hit['pk']}", f"{hit['model']} {hit['field']} {hit['pk']}")
            for hit in (obj.scan_findings if obj else [])
        ]
        super().__init__(*args, **kwargs)


class ReasonForm(OperationForm):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea)


class OutcomeForm(OperationForm):
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[
            c for c in Outcome.choices
            if c[0] in ("refused", "withdrawn", "unidentifiable", "nothing_held")
        ],
    )  # fmt: skip


class NewCaseForm(OperationForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=CaseKind.choices)
    address = forms.EmailField(label=_("Address of the person"))
    received_on = forms.DateField(
        label=_("Received on"), initial=today, help_text=_("The day of the first contact.")
    )
    raw_text = forms.CharField(label=_("What was asked"), widget=forms.Textarea, required=False)
