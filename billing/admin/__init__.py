from billing.admin import invoices, pages, payments, runs, schedules, usage

__all__ = ["invoices", "pages", "payments", "runs", "schedules", "usage"]
