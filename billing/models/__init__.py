from billing.models.dunning import DunnedInvoice, DunningNotice, DunningStep
from billing.models.invoices import BilledClaim, Invoice, InvoiceFlag, InvoiceLine
from billing.models.payments import Allocation, BankEntry, BankStatement, Payment
from billing.models.runs import BillingRun, RunItem
from billing.models.schedules import (
    BillingProfile,
    FeeSchedule,
    UsageRow,
    UsageSnapshot,
    VatCheck,
)

__all__ = [
    "Allocation",
    "BankEntry",
    "BankStatement",
    "BilledClaim",
    "BillingProfile",
    "BillingRun",
    "DunnedInvoice",
    "DunningNotice",
    "DunningStep",
    "FeeSchedule",
    "Invoice",
    "InvoiceFlag",
    "InvoiceLine",
    "Payment",
    "RunItem",
    "UsageRow",
    "UsageSnapshot",
    "VatCheck",
]
