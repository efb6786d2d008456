"""The invoice page: the document, what was paid, whom it went to, and what can be done."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import admin
from django.http import Http404
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, StaffPage
from backoffice.core.admin_shim import ChoicesDropdownFilter, display
from backoffice.delivery.models import Delivery
from billing.admin.forms import ClearFlagForm, CorrectionForm, FlagForm, PaymentForm, ReasonForm
from billing.admin.words import ALL_FIELDS, TREATMENTS
from billing.documents.snapshot import sentences
from billing.models import Invoice
from billing.services import corrections, flags, payments, sending
from billing.services.reissue import reissue_invoice
from billing.views.documents import pdf_response

STATE_TONES = {"paid": "rc-good", "overdue": "rc-bad", "part_paid": "rc-warn"}


def _correct(invoice, actor, data, request) -> str:
    parts = {
        int(name.removeprefix("line_")): value
        for name, value in data.items()
        if name.startswith("line_") and value
    }
    document = corrections.correct_invoice(
        invoice=invoice, parts=parts, reason=data["reason"], on=dates.today(), actor=actor,
        at=dates.now(),
    )  # fmt: skip
    return _t("Correction %(number)s is issued.") % {"number": document.number}


def _cancel(invoice, actor, data, request) -> str:
    document = corrections.cancel_invoice(
        invoice=invoice, reason=data["reason"], on=dates.today(), actor=actor, at=dates.now()
    )
    return _t("Cancelled by %(number)s.") % {"number": document.number}


def _reissue(invoice, actor, data, request) -> str:
    document = reissue_invoice(
        invoice=invoice, reason=data["reason"], on=dates.today(), actor=actor, at=dates.now()
    )
    return _t("Issued again as %(number)s.") % {"number": document.number}


def _send(invoice, actor, data, request) -> str:
    delivery = sending.send_again(invoice=invoice, actor=actor, at=dates.now())
    if delivery is None:
        return _t("Nobody can be reached by mail; the document waits as a letter.")
    return _t("The document is on its way to %(address)s.") % {"address": delivery.address}


def _flag(invoice, actor, data, request) -> str:
    flags.set_flag(
        invoice=invoice, kind=data["kind"], reason=data["reason"], on=dates.today(), actor=actor
    )
    return _t("Marked; reminders stop.")


def _clear(invoice, actor, data, request) -> str:
    flags.clear_flag(flag=data["flag"], on=dates.today(), actor=actor)
    return _t("The mark is taken off.")


def _pay(invoice, actor, data, request) -> str:
    amount, charges = data["amount"], data["charges"] or Decimal(0)
    part = min(amount + charges, payments.open_amount(invoice))
    payments.record_payment(
        amount=amount, currency=invoice.currency, received_on=data["received_on"], actor=actor,
        organisation=invoice.payer, method=data["method"], reference=data["reference"],
        charges=charges,
        parts=[(invoice, part)] if part > 0 else [],
    )  # fmt: skip
    return _t("The payment is recorded.")


def _live(invoice) -> bool:
    return invoice.kind == "invoice" and invoice.state == "issued"


OPERATIONS = (
    Operation("pay", _("Record a payment"), "billing.record_payment", _pay, form=PaymentForm,
              primary=True, shown=_live),
    Operation("send", _("Send again"), "billing.send_invoice", _send,
              explain=_("The same stored document goes to the next billing contact that can be "
                        "reached."),
              shown=lambda i: i.state != "draft" and i.document is not None
              and i.document.state == "stored"),
    Operation("flag", _("Disputed, waiting, paused"), "billing.flag_invoice", _flag,
              form=FlagForm, shown=_live),
    Operation("clear", _("Take a mark off"), "billing.flag_invoice", _clear, form=ClearFlagForm,
              shown=lambda i: i.flags.filter(valid_until__isnull=True).exists()),
    Operation("correct", _("Credit a part"), "billing.correct_invoice", _correct,
              form=CorrectionForm, shown=_live,
              explain=_("A correcting document is issued; the invoice itself never changes.")),
    Operation("reissue", _("Issue again"), "billing.correct_invoice", _reissue, form=ReasonForm,
              shown=_live,
              explain=_("The invoice is cancelled and issued anew with the address, order number and "
                        "references of today. Lines and amounts stay; payments move over.")),
    Operation("cancel", _("Cancel the invoice"), "billing.correct_invoice", _cancel, form=ReasonForm,
              danger=True, shown=_live,
              explain=_("A cancelling document over the whole amount is issued. What was paid is "
                        "freed, and the items may be billed again.")),
)  # fmt: skip


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ("number", "payer", "kind", "issue_date", "due_date", "gross_amount",
                    "open_now", "currency")  # fmt: skip
    list_select_related = ("payer",)
    list_filter = (("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter), "currency",
                   "regime")  # fmt: skip
    search_fields = ("number", "payer__name_folded")
    exclude = ("xml", "snapshot")
    operations = OPERATIONS
    change_form_template = "billing/invoice_page.html"
    folded_fields = ALL_FIELDS

    def get_queryset(self, request):
        return super().get_queryset(request).issued().with_open_amount()

    @display(description=_("open"))
    def open_now(self, invoice):
        return invoice.open_amount if _live(invoice) else "–"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        invoice = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if invoice is not None:
            extra |= page_context(invoice)
        return super().change_view(request, object_id, form_url, extra)


def page_context(invoice: Invoice) -> dict:
    """Lines with their explanation, payments, corrections, marks and mails."""
    day = dates.today()
    state = payments.payment_state(invoice, on=day)
    lines = list(invoice.lines.select_related("organisation"))
    why = sentences(invoice.snapshot, "en")
    return {
        "payment_state": state,
        "treatment": TREATMENTS.get(invoice.regime, invoice.regime),
        "tone": STATE_TONES.get(state, ""),
        "open_now": payments.open_amount(invoice),
        "lines": list(zip(lines, why, strict=True)),
        "allocations": invoice.allocations.select_related("payment").order_by("id"),
        "corrections": invoice.corrections.exclude(state="draft"),
        "marks": invoice.flags.order_by("-id"),
        "mails": Delivery.objects.filter(about=sending.about(invoice)).order_by("id"),
        "stored": invoice.document is not None and invoice.document.state == "stored",
    }


def staff_pdf(request, pk):
    """The stored document for staff."""
    invoice = Invoice.objects.select_related("document").filter(pk=pk).first()
    if invoice is None or invoice.document is None or invoice.document.state != "stored":
        raise Http404
    return pdf_response(invoice)


INVOICE_PDF = StaffPage(
    "billing/document/<uuid:pk>.pdf", "billing_invoice_pdf", "billing.view_invoice", staff_pdf
)
