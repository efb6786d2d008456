from billing.admin import invoices, pages, payments, runs, schedules

__all__ = ["invoices", "pages", "payments", "runs", "schedules"]
