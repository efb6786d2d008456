"""The map of personal data in billing: names stand in printed documents, which the law keeps."""

from __future__ import annotations

from backoffice.core.personal_data import Personal, declare

PAID_BY = Personal(
    "finance", "who paid, as the bank says", "6(1)(c)", "tax_records", "keep", "contact", False
)


def declare_billing() -> None:
    declare("billing.FeeSchedule", none=["code", "agency", "currency", "data", "digest", "source"])
    declare("billing.UsageSnapshot", none=["title", "source", "digest", "sealed_by"])
    declare("billing.UsageRow", none=["content_type", "vintage", "reason"])
    declare("billing.BillingProfile", none=["order_reference", "buyer_reference", "note"])
    declare("billing.VatCheck", none=["vat_id", "answer", "source", "request_id", "reason"])
    declare("billing.BillingRun", none=["title", "preparer", "approver", "preview_digest"])
    # The payer is an organisation; names of persons are not printed on invoices.
    declare("billing.RunItem", none=["part", "reason", "exceptions", "payload"])
    declare(
        "billing.Invoice",
        none=[
            *("number", "series", "currency", "regime", "tax_category", "legal_ground"),
            *("order_reference", "payment_reference", "language", "snapshot", "xml"),
            *("xml_sha256", "rules_version", "reason", "unsent_reason"),
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
        none=["currency", "dedupe_key"],
    )
    declare("billing.Allocation")
    declare(
        "billing.DunningStep",
        none=["ladder", "roles", "subject", "subject_de", "text", "text_de"],
    )
    declare("billing.DunningNotice", none=["currency", "way"])
    declare("billing.DunnedInvoice")
