"""The map of personal data in billing: names stand in printed documents, which the law keeps."""

from __future__ import annotations

from datetime import date

from django.db import models

from backoffice.core.mentions import rows_naming
from backoffice.core.personal_data import FINDERS, Finder, Keep, Personal, Subject, declare
from billing.models import BankEntry, BillingProfile, Invoice, OrderRequest, Payment, RunItem

VOUCHER_YEARS = 8

WRITTEN_BY_PAYER = Personal(
    "free_text", "what a payer wrote beside its order number", "6(1)(b)", "contact_end", "blank"
)
PAID_BY = Personal(
    "finance", "who paid, as the bank says", "6(1)(c)", "tax_records", "keep", "contact", False
)
PRINTED = Personal(
    "finance", "accounting voucher as printed", "6(1)(c)", "tax_records", "keep", "contact", False
)
ON_ORDER = Personal(
    "finance",
    "what the payer wants on invoices",
    "6(1)(b)",
    "profile_end",
    "blank",
    "contact",
    False,
)


def declare_billing() -> None:
    _declare_usage()
    _declare_procurement()
    declare("billing.FeeSchedule", none=["code", "agency", "currency", "data", "digest", "source"])
    declare(
        "billing.BillingProfile",
        none=["document_form"],
        personal=dict.fromkeys(("order_reference", "buyer_reference", "note"), ON_ORDER),
    )
    declare("billing.VatCheck", none=["vat_id", "answer", "source", "request_id", "name", "reason"])
    declare(
        "billing.BillingRun",
        none=["title", "preparer", "approver", "preview_digest", "preview_changes"],
    )
    declare("billing.RunInput", none=["members", "corrections_without_effect", "digest"])
    # The payer is an organisation, but its address may name a person ("for the attention of").
    declare(
        "billing.RunItem",
        none=["part", "reason", "exceptions"],
        personal={"payload": PRINTED},
    )
    declare(
        "billing.Invoice",
        none=[
            *("number", "series", "currency", "regime", "tax_category", "legal_ground"),
            *("payment_reference", "language", "xml_sha256", "rules_version", "unsent_reason"),
            "posted_by",
        ],
        personal=dict.fromkeys(("order_reference", "snapshot", "xml", "reason"), PRINTED),
    )
    declare(
        "billing.InvoiceLine",
        none=["component", "code", "label", "tax_category", "account", "explanation"],
    )
    declare("billing.BilledClaim", none=["component", "purpose"])
    declare("billing.InvoiceFlag", none=["reason"])
    _declare_payments()
    declare("billing.Allocation")
    declare(
        "billing.DunningStep",
        none=["ladder", "roles", "subject", "subject_de", "text", "text_de"],
    )
    declare("billing.DunningNotice", none=["currency", "way", "posted_by"])
    declare("billing.DunnedInvoice")
    for name, finder in finders().items():
        FINDERS.add(name, finder)


def _declare_payments() -> None:
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
    declare("billing.LedgerExport", none=["form", "digest", "made_by"])
    declare("billing.RunHold", none=["reason", "held_by"])


def voucher_kept_until(day: date) -> date:
    """First day on which a voucher of ``day`` may go: 8 years from the end of its year.

    Source: § 147 (1) no. 4, (3), (4) AO as of 1 Jan 2025. A voucher of 3 Mar 2026 may go on
    1 Jan 2035.
    """
    return date(day.year + VOUCHER_YEARS + 1, 1, 1)


def _naming(model: type[models.Model], fields: str):
    def rows(subject: Subject) -> models.QuerySet:
        return rows_naming(model, fields.split(), subject)

    return rows


def finders() -> dict[str, Finder]:
    """How a person's rows are found here: named in what the bank wrote or in what was printed."""
    return {
        "billing.bank_entries": Finder(
            "billing.bankentry", _naming(BankEntry, "text counterparty note"),
            lambda row, on: Keep(voucher_kept_until(row.booked_on), "AO_147"),  # type: ignore[attr-defined]
        ),
        "billing.order_requests": Finder(
            "billing.orderrequest", _naming(OrderRequest, "message")
        ),
        "billing.payments": Finder(
            "billing.payment", _naming(Payment, "reference void_reason"),
            lambda row, on: Keep(voucher_kept_until(row.received_on), "AO_147"),  # type: ignore[attr-defined]
        ),
        "billing.invoices": Finder(
            "billing.invoice", _naming(Invoice, "snapshot reason order_reference"),
            lambda row, on: Keep(voucher_kept_until(row.issue_date), "AO_147"),  # type: ignore[attr-defined]
        ),
        "billing.profiles": Finder(
            "billing.billingprofile",
            _naming(BillingProfile, "order_reference buyer_reference note"),
        ),
        "billing.drafts": Finder("billing.runitem", _naming(RunItem, "payload"), _while_drafted),
    }  # fmt: skip


def _while_drafted(row: models.Model, on: date) -> Keep:
    """What a run computed is the working paper of its invoices."""
    return Keep(voucher_kept_until(row.run.invoice_date), "AO_147")  # type: ignore[attr-defined]
