"""Mails of billing, built at hand-off by the mail engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from backoffice.core.services import documents
from backoffice.core.tokens import derived_token
from backoffice.delivery.letters import Letter, as_message
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Attachment, Message, MessageKind
from billing.documents.page import long_date, money
from billing.enums import DocumentForm
from billing.models import DunningNotice, DunningStep, Invoice, OrderRequest
from contacts.models import Organisation

PURPOSE = "billing.download"


def download_token(invoice: Invoice) -> str:
    """The secret of a document's link: can be made again, is stored nowhere."""
    return derived_token(PURPOSE, invoice.pk)


def share_token(invoice: Invoice, organisation_id: int) -> str:
    """The secret of one organisation's share in a document."""
    return derived_token("billing.share", invoice.pk, organisation_id)


def order_token(request: OrderRequest) -> str:
    """The secret of the page on which an order number is given."""
    return derived_token("billing.order", request.pk)


def page_url(invoice: Invoice, token: str = "") -> str:
    """The signed address of the document's page."""
    path = reverse("billing:page", args=[invoice.pk, token or download_token(invoice)])
    return f"{settings.ROLLCALL_BASE_URL}{path}"


def download_url(invoice: Invoice, token: str = "") -> str:
    """The signed address of the PDF; with a dummy token it opens nothing."""
    path = reverse("billing:download", args=[invoice.pk, token or download_token(invoice)])
    return f"{settings.ROLLCALL_BASE_URL}{path}"


def build_invoice(
    delivery: Delivery, secret: Callable[[str], str] | None = None, preview: bool = False
) -> Message:
    """The mail that carries one document as PDF and as a signed link."""
    invoice = Invoice.objects.select_related("document", "payer").get(
        pk=delivery.about.partition(":")[2]
    )
    language = invoice.snapshot["language"]
    with override(language):
        context = {
            "invoice": invoice,
            "organisation": invoice.snapshot["buyer"]["name"],
            "seller": invoice.snapshot["seller"],
            "account": invoice.snapshot.get("account") or {},
            "gross": f"{money(invoice.gross_amount, language)} {invoice.currency}",
            "due_date": long_date(
                invoice.due_date, language, invoice.snapshot["seller"]["country"]
            ),
            "link": download_url(invoice, "preview" if preview else ""),
            "page": page_url(invoice, "preview" if preview else ""),
            "is_invoice": invoice.kind == "invoice",
            "shares": _shares_url(invoice, preview),
        }
        return Message(
            subject=_subject(invoice),
            text=render_to_string("billing/mail/invoice.txt", context),
            html=render_to_string("billing/mail/invoice.html", context),
            attachments=() if preview else _attachments(invoice),
            why=_("You receive this because you are a billing contact of %(organisation)s.")
            % {"organisation": invoice.snapshot["buyer"]["name"]},
            reply_to=invoice.snapshot["seller"]["email"],
        )


def _shares_url(invoice: Invoice, preview: bool) -> str:
    """Where a lead or sponsor finds each organisation's share; empty for a single organisation."""
    if len({line["organisation"] for line in invoice.snapshot["lines"]}) < 2:
        return ""
    return f"{download_url(invoice, 'preview' if preview else '')}shares.csv"


def _subject(invoice: Invoice) -> str:
    names = {
        "invoice": _("Invoice %(number)s"),
        "correction": _("Invoice correction %(number)s"),
        "cancellation": _("Cancellation invoice %(number)s"),
    }
    short_name = invoice.snapshot["seller"]["short_name"]
    return f"{names[invoice.kind] % {'number': invoice.number}} – {short_name}"


def _attachments(invoice: Invoice) -> tuple[Attachment, ...]:
    assert invoice.document is not None
    pdf = Attachment(
        f"{invoice.number}.pdf", "application/pdf", documents.read_bytes(invoice.document)
    )
    if invoice.snapshot.get("form") != DocumentForm.HYBRID_AND_XML:
        return (pdf,)
    return pdf, Attachment(f"{invoice.number}.xml", "application/xml", invoice.xml.encode())


def build_order_request(
    delivery: Delivery, secret: Callable[[str], str] | None = None, preview: bool = False
) -> Message:
    """Asks for the purchase order number before the invoice is made."""
    request = OrderRequest.objects.select_related("organisation").get(
        pk=delivery.about.partition(":")[2]
    )
    language = "de" if delivery.language.startswith("de") else "en-gb"
    token = "preview" if preview else order_token(request)
    path = reverse("billing:order", args=[request.pk, token])
    with override(language):
        values = {"year": request.year, "organisation": request.organisation.name}
        facts = []
        if request.expected_amount is not None:
            amount = f"{money(request.expected_amount, language)} {request.currency}"
            facts.append((_("Expected amount"), amount))
        return as_message(
            Letter(
                subject=_("Purchase order number for %(year)s") % values,
                greeting=_("Dear colleague,"),
                paragraphs=(
                    _("we are preparing the invoice for %(year)s to %(organisation)s.") % values,
                    _(
                        "Our records say that your organisation needs a purchase order number on it. "
                        "Please give it on this page; no login is needed. The papers that purchasing "
                        "departments ask for are there too."
                    ),
                ),
                facts=tuple(facts),
                link=f"{settings.ROLLCALL_BASE_URL}{path}",
                link_label=_("Give the order number"),
                why=_("You receive this because you are a billing contact of %(organisation)s.")
                % values,
            )
        )


def build_reminder(
    delivery: Delivery, secret: Callable[[str], str] | None = None, preview: bool = False
) -> Message:
    """A reminder over all open items of a payer, with a link to each document."""
    notice = DunningNotice.objects.select_related("step", "organisation").get(
        pk=delivery.about.partition(":")[2]
    )
    rows = notice.invoices.select_related("invoice").order_by("invoice__due_date")
    return reminder_message(
        step=notice.step,
        organisation=notice.organisation,
        items=[(row.invoice, row.open_amount) for row in rows],
        currency=notice.currency,
        language=delivery.language,
        preview=preview,
    )


def reminder_message(
    *,
    step: DunningStep,
    organisation: Organisation,
    items: Sequence[tuple[Invoice, Decimal]],
    currency: str,
    language: str,
    preview: bool = False,
) -> Message:
    """The reminder of one step about these open items; with `preview` its links open nothing."""
    language = "de" if language.startswith("de") else "en-gb"
    with override(language):
        context = {
            "organisation": organisation.name,
            "text": step_text(step, language),
            "rows": [reminder_row(invoice, amount, language, preview) for invoice, amount in items],
            "total": f"{money(sum((a for _i, a in items), Decimal(0)), language)} {currency}",
            "account": items[0][0].snapshot.get("account") or {} if items else {},
        }
        return Message(
            subject=step_subject(step, language),
            text=render_to_string("billing/mail/reminder.txt", context),
            html=render_to_string("billing/mail/reminder.html", context),
            why=_("You receive this because of a duty you hold for %(organisation)s.")
            % {"organisation": organisation.name},
        )


def step_text(step: DunningStep, language: str) -> str:
    return step.text_de if language.startswith("de") else step.text


def step_subject(step: DunningStep, language: str) -> str:
    return step.subject_de if language.startswith("de") else step.subject


def reminder_row(
    invoice: Invoice, amount: Decimal, language: str, preview: bool = True
) -> dict[str, str]:
    """One open item in the words and numbers of the language."""
    country = invoice.snapshot["seller"]["country"]
    return {
        "number": invoice.number or "",
        "reference": invoice.payment_reference,
        "issue_date": long_date(invoice.issue_date, language, country),
        "due_date": long_date(invoice.due_date, language, country),
        "open": f"{money(amount, language)} {invoice.currency}",
        "link": download_url(invoice, "preview" if preview else ""),
    }


INVOICE_KIND = MessageKind(build=build_invoice, title=gettext_lazy("Invoice"))
REMINDER_KIND = MessageKind(build=build_reminder, title=gettext_lazy("Payment reminder"))
ORDER_KIND = MessageKind(
    build=build_order_request, title=gettext_lazy("Question for an order number")
)
