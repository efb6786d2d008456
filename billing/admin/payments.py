"""Payments, bank entries, and the inbox in which entries find their invoices."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, StaffPage, staff_page
from backoffice.core.admin_shim import display
from backoffice.core.errors import RollcallError
from billing.admin.forms import AmountForm, ReasonForm, StatementForm
from billing.bank.matching import compact, match_entry
from billing.enums import EntryState
from billing.models import BankEntry, BankStatement, Invoice, Payment
from billing.services import bank_import, payments

PAGE = 25


def _void(payment, actor, data, request) -> str:
    payments.void_payment(payment=payment, reason=data["reason"], actor=actor, at=dates.now())
    return _t("The payment is voided; its invoices are open again.")


def _refund(payment, actor, data, request) -> str:
    payments.refund_payment(payment=payment, amount=data["amount"], on=data["on"], actor=actor)
    return _t("The refund is recorded.")


def _return(payment, actor, data, request) -> str:
    payments.return_payment(payment=payment, on=dates.today(), actor=actor, at=dates.now())
    return _t("The money was taken back; the invoices are open again.")


def _live(payment) -> bool:
    return payment.voided_at is None and payment.kind == "payment"


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("received_on", "organisation", "amount", "currency", "kind", "left",
                    "reference")  # fmt: skip
    list_select_related = ("organisation",)
    list_filter = ("kind", "method", "currency")
    search_fields = ("reference", "organisation__name_folded")
    operations = (
        Operation("refund", _("Refund"), "billing.refund_payment", _refund, form=AmountForm,
                  shown=_live),
        Operation("returned", _("Returned by the bank"), "billing.refund_payment", _return,
                  shown=_live, danger=True),
        Operation("void", _("Void"), "billing.record_payment", _void, form=ReasonForm,
                  shown=_live, danger=True),
    )  # fmt: skip

    @display(description=_("left"))
    def left(self, payment):
        return payments.available(payment) if payment.kind == "payment" else "–"


@admin.register(BankEntry)
class BankEntryAdmin(ReadOnlyAdmin):
    list_display = ("booked_on", "amount", "currency", "counterparty", "reference", "state")
    list_filter = ("state", "currency")
    search_fields = ("text", "reference", "counterparty")


@admin.register(BankStatement)
class BankStatementAdmin(ReadOnlyAdmin):
    list_display = ("account", "number", "closed_on", "opening", "closing", "file_name")


def inbox(request):
    """Upload, open entries with suggestions; each match is one POST."""
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        _post(request, form)
        return redirect("admin:payment_inbox")
    rows = BankEntry.objects.filter(state=EntryState.OPEN).select_related("statement")
    page = Paginator(rows, PAGE).get_page(request.GET.get("p"))
    book = bank_import.open_book()
    entries = [(row, _suggestions(match_entry(bank_import.as_entry(row), book))) for row in page]
    return staff_page(
        request,
        "billing/payment_inbox.html",
        title=_t("Payment inbox"),
        context={
            "form": StatementForm(),
            "entries": entries,
            "page": page,
            "unallocated": _unallocated(),
            "statements": BankStatement.objects.all()[:8],
        },
    )


def _suggestions(match):
    keys = [key for key, _amount in match.parts] + list(match.suggestions)
    invoices = Invoice.objects.filter(pk__in=keys).with_open_amount().select_related("payer")
    return match, list(invoices)


def _unallocated():
    """Payments with money left, the payers' credit."""
    rows = Payment.objects.filter(kind="payment", voided_at__isnull=True).select_related(
        "organisation"
    )
    return [(row, left) for row in rows[:200] if (left := payments.available(row)) > 0]


def _post(request, form) -> None:
    actor = Actor.user(request.user)
    try:
        if request.POST.get("act") == "match":
            messages.success(request, _match(request, actor))
        elif request.POST.get("act") == "aside":
            entry = BankEntry.objects.get(pk=request.POST["entry"])
            bank_import.set_aside(entry=entry, note=request.POST.get("note", ""), actor=actor)
            messages.success(request, _t("Set aside."))
        elif form.is_valid():
            messages.success(request, _upload(form, actor))
        else:
            messages.error(request, _t("Choose a file."))
    except (RollcallError, BankEntry.DoesNotExist) as error:
        messages.error(request, str(error))


def _match(request, actor) -> str:
    entry = BankEntry.objects.get(pk=request.POST["entry"])
    wanted = compact(request.POST.get("number", ""))
    invoice = next((i for i in Invoice.objects.open() if compact(i.number or "") == wanted), None)
    if invoice is None:
        return _t("No open invoice has the number %(n)s.") % {"n": request.POST.get("number")}
    part = min(entry.amount + entry.charges, invoice.open_amount)
    bank_import.pay_from_entry(entry=entry, parts=[(str(invoice.pk), part)], actor=actor)
    return _t("Matched with %(invoice)s.") % {"invoice": invoice}


def _upload(form, actor) -> str:
    file = form.cleaned_data["file"]
    outcome = bank_import.import_bank_file(
        content=file.read(),
        file_name=file.name,
        actor=actor,
        at=dates.now(),
        accept_balance_gap=form.cleaned_data["accept_balance_gap"],
    )
    done = outcome.as_json()
    return _t("%(entries)s entries read, %(matched)s matched.") % {
        "entries": len(done["entries"]),
        "matched": done["matched"],
    }


PAYMENT_INBOX = StaffPage(
    "billing/inbox/", "payment_inbox", "billing.match_bankentry", inbox, "billing",
    _("Payment inbox"), "account_balance_wallet",
)  # fmt: skip
