from billing.admin import invoices, pages, payments, runs, schedules, usage, vat

__all__ = ["invoices", "pages", "payments", "runs", "schedules", "usage", "vat"]
