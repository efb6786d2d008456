"""The map of personal data in billing: names stand in printed documents, which the law keeps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import Q

from backoffice.core.personal_data import FINDERS, Finder, Keep, Personal, Subject, declare
from billing.models import BankEntry, OrderRequest, Payment

VOUCHER_YEARS = 8

WRITTEN_BY_PAYER = Personal(
    "free_text", "what a payer wrote beside its order number", "6(1)(b)", "contact_end", "blank"
)
PAID_BY = Personal(
    "finance", "who paid, as the bank says", "6(1)(c)", "tax_records", "keep", "contact", False
)


def declare_billing() -> None:
    _declare_usage()
    _declare_procurement()
    declare("billing.FeeSchedule", none=["code", "agency", "currency", "data", "digest", "source"])
    declare(
        "billing.BillingProfile",
        none=["order_reference", "buyer_reference", "document_form", "note"],
    )
    declare("billing.VatCheck", none=["vat_id", "answer", "source", "request_id", "name", "reason"])
    declare(
        "billing.BillingRun",
        none=["title", "preparer", "approver", "preview_digest", "preview_changes"],
    )
    declare("billing.RunInput", none=["members", "corrections_without_effect", "digest"])
    # The payer is an organisation; names of persons are not printed on invoices.
    declare("billing.RunItem", none=["part", "reason", "exceptions", "payload"])
    declare(
        "billing.Invoice",
        none=[
            *("number", "series", "currency", "regime", "tax_category", "legal_ground"),
            *("order_reference", "payment_reference", "language", "snapshot", "xml"),
            *("xml_sha256", "rules_version", "reason", "unsent_reason", "posted_by"),
        ],
    )
    declare(
        "billing.InvoiceLine",
        none=["component", "code", "label", "tax_category", "account", "explanation"],
    )
    declare("billing.BilledClaim", none=["component", "purpose"])
    declare("billing.InvoiceFlag", none=["reason"])
    declare(
        "billing.BankStatement",
        none=["account", "currency", "number", "file_sha256", "file_name"],
    )
    declare(
        "billing.BankEntry",
        personal={
            "text": PAID_BY,
            "counterparty": PAID_BY,
            "counterparty_iban": PAID_BY,
            "note": PAID_BY,
        },
        none=["key", "currency", "reference", "bank_reference", "return_reason"],
    )
    declare(
        "billing.Payment",
        personal={"reference": PAID_BY, "void_reason": PAID_BY},
        none=["currency", "bank_currency", "dedupe_key"],
    )
    declare("billing.Allocation")
    declare(
        "billing.DunningStep",
        none=["ladder", "roles", "subject", "subject_de", "text", "text_de"],
    )
    declare("billing.DunningNotice", none=["currency", "way", "posted_by"])
    declare("billing.DunnedInvoice")
    for name, finder in finders().items():
        FINDERS.add(name, finder)


def _declare_usage() -> None:
    declare(
        "billing.UsageSnapshot",
        none=["title", "source", "not_compared_because", "digest", "signed_by", "sealed_by"],
    )
    declare("billing.UsageComparison", none=["source", "question", "taken_by", "answers"])
    declare("billing.UsageDifference", none=["reason", "decided_by"])
    declare(
        "billing.UsageCorrection",
        none=["content_type", "vintage", "reason", "recorded_by", "withdrawn_because"],
    )
    declare("billing.UsageRow", none=["content_type", "vintage", "reason"])


def _declare_procurement() -> None:
    declare("billing.SupplierPaper", none=["kind", "title", "language", "made_from"])
    declare(
        "billing.OrderRequest",
        personal={"message": WRITTEN_BY_PAYER},
        none=["asked_by", "currency", "answered_by", "order_reference", "buyer_reference"],
    )
    declare("billing.ExchangeRate", none=["currency", "source"])
    declare("billing.NonDeductibleShare")
    declare("billing.RunHold", none=["reason", "held_by"])


def _terms(subject: Subject) -> set[str]:
    """Addresses, and names in both orders; capitals too, as banks write them. SQLite folds ASCII
    letters only, so that “ZOË” is not found as “Zoë”."""
    plain = {address for address in subject.addresses if address}
    for given, family in subject.names:
        if len(given) > 1 and len(family) > 1:
            plain |= {f"{given} {family}", f"{family}, {given}"}
    return plain | {term.upper() for term in plain}


def _mentioning(rows: models.QuerySet, fields: Iterable[str], subject: Subject) -> models.QuerySet:
    terms = _terms(subject)
    if not terms:
        return rows.none()
    wanted = Q()
    for field in fields:
        for term in sorted(terms):
            wanted |= Q(**{f"{field}__icontains": term})
    return rows.filter(wanted)


def voucher_kept_until(day: date) -> date:
    """First day on which a voucher of ``day`` may go: 8 years from the end of its year.

    Source: § 147 (1) no. 4, (3), (4) AO as of 1 Jan 2025. A voucher of 3 Mar 2026 may go on
    1 Jan 2035.
    """
    return date(day.year + VOUCHER_YEARS + 1, 1, 1)


def finders() -> dict[str, Finder]:
    """How a person's rows are found here: by address or full name in what the bank wrote."""
    return {
        "billing.bank_entries": Finder(
            "billing.bankentry",
            lambda subject: _mentioning(
                BankEntry.objects.all(), ("text", "counterparty", "note"), subject
            ),
            lambda row, on: Keep(voucher_kept_until(row.booked_on), "AO_147"),  # type: ignore[attr-defined]
        ),
        "billing.order_requests": Finder(
            "billing.orderrequest",
            lambda subject: _mentioning(OrderRequest.objects.all(), ("message",), subject),
        ),
        "billing.payments": Finder(
            "billing.payment",
            lambda subject: _mentioning(
                Payment.objects.all(), ("reference", "void_reason"), subject
            ),
            lambda row, on: Keep(voucher_kept_until(row.received_on), "AO_147"),  # type: ignore[attr-defined]
        ),
    }
