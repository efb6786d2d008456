"""Payments, what they settle, and the bank's movements behind them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin
from backoffice.core.admin_shim import display
from billing.admin.forms import AllocateForm, AmountForm, ReasonForm, TakeBackForm
from billing.admin.words import ALL_FIELDS
from billing.enums import EntryState
from billing.models import BankEntry, BankStatement, Payment
from billing.services import entries, payments


def _void(payment, actor, data, request) -> str:
    payments.void_payment(payment=payment, reason=data["reason"], actor=actor, at=dates.now())
    return _t("The payment is voided; its invoices are open again.")


def _refund(payment, actor, data, request) -> str:
    payments.refund_payment(payment=payment, amount=data["amount"], on=data["on"], actor=actor)
    return _t("The refund is recorded.")


def _return(payment, actor, data, request) -> str:
    payments.return_payment(payment=payment, on=dates.today(), actor=actor, at=dates.now())
    return _t("The money was taken back; the invoices are open again.")


def _allocate(payment, actor, data, request) -> str:
    payments.allocate(
        payment=payment, invoice=data["invoice"], amount=data["amount"], on=dates.today(),
        actor=actor,
    )  # fmt: skip
    return _t("%(amount)s of the payment settle %(invoice)s.") % {
        "amount": data["amount"], "invoice": data["invoice"],
    }  # fmt: skip


def _take_back(payment, actor, data, request) -> str:
    payments.take_back(allocation=data["allocation"], actor=actor, at=dates.now())
    return _t("The allocation is taken back; all others stay.")


def _reopen(entry, actor, data, request) -> str:
    entries.reopen_entry(entry=entry, reason=data["reason"], actor=actor, at=dates.now())
    return _t("The entry is in the inbox again.")


def _live(payment) -> bool:
    return payment.voided_at is None and payment.kind == "payment"


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("received_on", "organisation", "amount", "currency", "kind", "left",
                    "reference")  # fmt: skip
    list_select_related = ("organisation",)
    list_filter = ("kind", "method", "currency")
    search_fields = ("reference", "organisation__name_folded")
    change_form_template = "billing/payment_page.html"
    folded_fields = ALL_FIELDS
    operations = (
        Operation("allocate", _("Settle an invoice"), "billing.allocate_payment", _allocate,
                  form=AllocateForm, primary=True,
                  shown=lambda p: _live(p) and payments.available(p) > 0),
        Operation("take_back", _("Take an allocation back"), "billing.allocate_payment", _take_back,
                  form=TakeBackForm, shown=lambda p: p.allocations.filter(voided_at=None).exists()),
        Operation("refund", _("Refund"), "billing.refund_payment", _refund, form=AmountForm,
                  shown=_live),
        Operation("returned", _("Returned by the bank"), "billing.refund_payment", _return,
                  shown=_live, danger=True),
        Operation("void", _("Void"), "billing.record_payment", _void, form=ReasonForm,
                  shown=_live, danger=True),
    )  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).with_left()

    @display(description=_("left"))
    def left(self, payment):
        return payment.left_amount if payment.kind == "payment" else "–"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        payment = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if payment is not None:
            extra |= {
                "left": payments.available(payment),
                "allocations": payment.allocations.select_related("invoice__payer").order_by("pk"),
                "reversals": payment.reversals.order_by("pk"),
            }
        return super().change_view(request, object_id, form_url, extra)


@admin.register(BankEntry)
class BankEntryAdmin(ReadOnlyAdmin):
    list_display = ("booked_on", "amount", "currency", "counterparty", "reference", "state")
    list_filter = ("state", "currency")
    search_fields = ("text", "reference", "counterparty")
    operations = (
        Operation("reopen", _("Back into the inbox"), "billing.match_bankentry", _reopen,
                  form=ReasonForm, danger=True,
                  explain=_("A payment made of it is voided; what it settled is open again."),
                  shown=lambda entry: entry.state != EntryState.OPEN),
    )  # fmt: skip


@admin.register(BankStatement)
class BankStatementAdmin(ReadOnlyAdmin):
    list_display = ("account", "number", "closed_on", "opening", "closing", "file_name")
