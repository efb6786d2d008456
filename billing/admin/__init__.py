from billing.admin import (
    fees,
    inbox,
    invoices,
    overdue,
    pages,
    payments,
    procurement,
    profiles,
    runs,
    usage,
    vat,
)

__all__ = [
    "fees",
    "inbox",
    "invoices",
    "overdue",
    "pages",
    "payments",
    "procurement",
    "profiles",
    "runs",
    "usage",
    "vat",
]
