"""Forms of billing's operations and desks."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin_bases import OperationForm
from backoffice.core.dates import today
from billing.enums import FlagKind, PaperKind, PaymentMethod, RunPurpose
from billing.models import Allocation, FeeSchedule, Invoice, InvoiceFlag, UsageSnapshot


class ReasonForm(OperationForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class CorrectionForm(OperationForm):
    """One amount per line, net, zero by default."""

    takes_object = True
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args, obj, **kwargs) -> None:
        from billing.services.corrections import creditable

        left = creditable(obj)
        for line in obj.lines.all():
            if line.position in left and left[line.position] > 0:
                self.base_fields[f"line_{line.position}"] = forms.DecimalField(
                    label=f"{line.position}. {line.label}",
                    help_text=_("at most %(left)s net") % {"left": left[line.position]},
                    min_value=0,
                    max_value=left[line.position],
                    decimal_places=2,
                    required=False,
                )
        super().__init__(*args, **kwargs)

    def __new__(cls, *args, **kwargs):
        # Fields differ per invoice, so each form gets its own set.
        form = super().__new__(cls)
        form.base_fields = dict(cls.base_fields)  # type: ignore[misc]
        return form

    def parts(self) -> dict:
        return {
            int(name.removeprefix("line_")): value
            for name, value in self.cleaned_data.items()
            if name.startswith("line_") and value
        }


class FlagForm(OperationForm):
    kind = forms.ChoiceField(label=_("Mark as"), choices=FlagKind.choices)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ClearFlagForm(OperationForm):
    takes_object = True
    flag = forms.ModelChoiceField(label=_("Mark"), queryset=InvoiceFlag.objects.none())

    def __init__(self, *args, obj, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["flag"].queryset = obj.flags.filter(valid_until__isnull=True)  # type: ignore[attr-defined]


class PaymentForm(OperationForm):
    amount = forms.DecimalField(label=_("Amount received"), min_value=0, decimal_places=2)
    received_on = forms.DateField(label=_("Received on"), initial=today)
    charges = forms.DecimalField(
        label=_("Kept by banks on the way"), help_text=_("counts as paid"), min_value=0,
        decimal_places=2, required=False,
    )  # fmt: skip
    method = forms.ChoiceField(label=_("Method"), choices=PaymentMethod.choices)
    reference = forms.CharField(label=_("Reference"), max_length=140, required=False)


class AllocateForm(OperationForm):
    """An open invoice of the payer, and how much of the payment settles it."""

    takes_object = True
    invoice = forms.ModelChoiceField(label=_("Invoice"), queryset=Invoice.objects.none())
    amount = forms.DecimalField(label=_("Amount"), min_value=0, decimal_places=2)

    def __init__(self, *args, obj, **kwargs) -> None:
        from billing.services.payments import available

        super().__init__(*args, **kwargs)
        rows = Invoice.objects.open().filter(currency=obj.currency)
        if obj.organisation_id is not None:
            rows = rows.filter(payer=obj.organisation_id)
        self.fields["invoice"].queryset = rows.order_by("due_date")  # type: ignore[attr-defined]
        self.fields["invoice"].label_from_instance = lambda i: (  # type: ignore[attr-defined]
            f"{i.number} · {i.payer} · {i.open_amount}"
        )
        self.fields["amount"].initial = available(obj)


class TakeBackForm(OperationForm):
    takes_object = True
    allocation = forms.ModelChoiceField(label=_("Allocation"), queryset=Allocation.objects.none())

    def __init__(self, *args, obj, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        rows = obj.allocations.filter(voided_at=None).select_related("invoice")
        self.fields["allocation"].queryset = rows  # type: ignore[attr-defined]
        self.fields["allocation"].label_from_instance = lambda a: (  # type: ignore[attr-defined]
            f"{a.invoice} · {a.amount}"
        )


class AmountForm(OperationForm):
    amount = forms.DecimalField(label=_("Amount"), min_value=0, decimal_places=2)
    on = forms.DateField(label=_("Day"), initial=today)


class NewRunForm(OperationForm):
    purpose = forms.ChoiceField(label=_("Purpose"), choices=RunPurpose.choices)
    year = forms.IntegerField(label=_("Year billed"), min_value=2000, max_value=2100)
    quarter = forms.IntegerField(
        label=_("Quarter (registrations only)"), min_value=0, max_value=4, initial=0
    )
    schedule = forms.ModelChoiceField(
        label=_("Fee schedule"),
        queryset=FeeSchedule.objects.filter(
            published_at__isnull=False, superseded_at__isnull=True
        ).order_by("-valid_from"),
    )
    snapshot = forms.ModelChoiceField(
        label=_("Usage figures (sealed)"),
        queryset=UsageSnapshot.objects.filter(state="sealed"),
        required=False,
    )
    invoice_date = forms.DateField(label=_("Invoice date"), initial=today)
    amount_limit = forms.DecimalField(
        label=_("Park invoices above"), required=False, min_value=0, decimal_places=2
    )


class StatementForm(OperationForm):
    file = forms.FileField(
        label=_("Bank statement"), help_text=_("CAMT.053, .052, .054, MT940, or a zip of them")
    )
    accept_balance_gap = forms.BooleanField(
        label=_("Take it even if the balances do not chain"), required=False
    )


class OverrideForm(OperationForm):
    count = forms.IntegerField(label=_("Registrations"), min_value=0)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ReconcileForm(OperationForm):
    without_comparison_because = forms.CharField(
        label=_("Why nothing was compared"),
        help_text=_("Only where there is no comparison with the registry."),
        max_length=200,
        required=False,
    )


class CompareFileForm(OperationForm):
    file = forms.FileField(
        label=_("The registry's figures"),
        help_text=_("CSV with a column for the repository and one for the count, or the JSON answer "
                    "of the registry's totals."),
    )  # fmt: skip


class CorrectUsageForm(OperationForm):
    count = forms.IntegerField(label=_("Right figure"), min_value=0)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class MissingUsageForm(OperationForm):
    symbol = forms.CharField(
        label=_("Repository or organisation"), help_text=_("symbol in the registry"), max_length=40
    )
    count = forms.IntegerField(label=_("Right figure"), min_value=1)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class PaperForm(OperationForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=PaperKind.choices)
    year = forms.IntegerField(
        label=_("Year"), help_text=_("0 holds for any year"), min_value=0, max_value=2100, initial=0
    )
    title = forms.CharField(label=_("Title"), max_length=120)
    language = forms.ChoiceField(
        label=_("Language"), choices=[("en-gb", _("English")), ("de", _("German"))]
    )
    file = forms.FileField(label=_("PDF"))


class MakePapersForm(OperationForm):
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)


class SimulationForm(OperationForm):
    first = forms.ModelChoiceField(label=_("Schedule"), queryset=FeeSchedule.objects.all())
    second = forms.ModelChoiceField(label=_("Compared with"), queryset=FeeSchedule.objects.all())
    year = forms.IntegerField(label=_("Year billed"), min_value=2000, max_value=2100)
    snapshot = forms.ModelChoiceField(
        label=_("Usage figures"), queryset=UsageSnapshot.objects.all(), required=False
    )
