from billing.admin import (
    inbox,
    invoices,
    overdue,
    pages,
    payments,
    procurement,
    runs,
    schedules,
    usage,
    vat,
)

__all__ = [
    "inbox",
    "invoices",
    "overdue",
    "pages",
    "payments",
    "procurement",
    "runs",
    "schedules",
    "usage",
    "vat",
]
