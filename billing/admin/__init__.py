from billing.admin import inbox, invoices, pages, payments, runs, schedules, usage, vat

__all__ = [
    "inbox",
    "invoices",
    "pages",
    "payments",
    "runs",
    "schedules",
    "usage",
    "vat",
]
