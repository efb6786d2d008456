"""Forms of the removal desk."""

from __future__ import annotations

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import OperationForm
from backoffice.core.dates import today
from contacts.privacy import words
from contacts.privacy.enums import (
    CaseKind,
    Exception17,
    Ground,
    Outcome,
    PlanAction,
    TaskState,
)
from contacts.privacy.services import findings


class EvidenceForm(OperationForm):
    takes_object = True
    steps = forms.MultipleChoiceField(
        label=_("Steps done"), required=False, widget=forms.CheckboxSelectMultiple
    )
    state = forms.ChoiceField(
        label=_("Result"), choices=[c for c in TaskState.choices if c[0] != TaskState.OPEN]
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=300,
        help_text=_("Ticket or export number, never an address."),
    )

    def __init__(self, *args, obj=None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        lines = obj.processor.lines if obj else []
        choose(self, "steps", [(str(number), line) for number, line in enumerate(lines)])

    def clean_steps(self) -> list[int]:
        return [int(number) for number in self.cleaned_data["steps"]]


class FindingForm(OperationForm):
    takes_object = True
    finding = forms.ChoiceField(label=_("Finding"))
    way = forms.ChoiceField(
        label=_("What happens"),
        choices=[
            ("erase", _("Erase the record as declared, or the file")),
            ("reword", _("Replace words by “[removed]”, in all versions")),
            ("justify", _("It may stay, with a reason")),
        ],
    )
    text = forms.CharField(
        label=_("Words to replace, or the reason"),
        required=False,
        max_length=200,
        help_text=_("Words are used once and not kept. A reason is kept and holds no address."),
    )

    def __init__(self, *args, obj=None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choose(
            self, "finding",
            [(f"{hit['model']}|{hit['field']}|{hit['pk']}", words.place(hit))
             for hit in (findings.open_findings(obj) if obj else [])],
        )  # fmt: skip


class GroundForm(OperationForm):
    ground = forms.ChoiceField(label=_("Ground, Art. 17 (1)"), choices=Ground.choices)


class DecisionForm(OperationForm):
    takes_object = True
    finder = forms.ChoiceField(label=_("Data"))
    exception = forms.ChoiceField(
        label=_("What happens"),
        required=False,
        choices=[("", _("It goes")), *Exception17.choices],
    )
    keep_until = forms.DateField(label=_("Kept until"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args, obj=None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        items = obj.plan.all() if obj else []
        decided = set(obj.decisions.values_list("finder", flat=True)) if obj else set()
        open_ones = {
            item.finder: f"{words.data(item.model)} ({item.rows})"
            for item in items
            if item.action != PlanAction.KEEP or item.finder in decided
        }
        choose(self, "finder", list(open_ones.items()))


def choose(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Gives a select its choices, in the field and in the admin's widget."""
    field = cast(forms.ChoiceField, form.fields[name])
    field.choices = choices


class RectifyForm(OperationForm):
    takes_object = True
    given_name = forms.CharField(label=_("Given name"), max_length=200, required=False)
    family_name = forms.CharField(label=_("Family name"), max_length=200, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=60, required=False)
    redact = forms.BooleanField(
        label=_("Take the wrong values out of earlier versions too"), required=False
    )

    def __init__(self, *args, obj=None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        contact = obj.contact if obj else None
        for name in ("given_name", "family_name", "phone") if contact else ():
            self.fields[name].initial = getattr(contact, name)


class EndForm(OperationForm):
    ends_on = forms.DateField(label=_("The restriction ends on"))


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
