from billing.models.dunning import DunnedInvoice, DunningNotice, DunningStep
from billing.models.exports import LedgerExport
from billing.models.invoices import BilledClaim, Invoice, InvoiceFlag, InvoiceLine
from billing.models.money import ExchangeRate, NonDeductibleShare
from billing.models.payments import Allocation, BankEntry, BankStatement, Payment
from billing.models.procurement import OrderRequest, SupplierPaper
from billing.models.profiles import BillingProfile, VatCheck
from billing.models.runs import BillingRun, RunHold, RunInput, RunItem
from billing.models.schedules import FeeSchedule
from billing.models.usage import (
    UsageComparison,
    UsageCorrection,
    UsageDifference,
    UsageRow,
    UsageSnapshot,
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
    "ExchangeRate",
    "FeeSchedule",
    "Invoice",
    "InvoiceFlag",
    "InvoiceLine",
    "LedgerExport",
    "NonDeductibleShare",
    "OrderRequest",
    "Payment",
    "RunHold",
    "RunInput",
    "RunItem",
    "SupplierPaper",
    "UsageComparison",
    "UsageCorrection",
    "UsageDifference",
    "UsageRow",
    "UsageSnapshot",
    "VatCheck",
]
