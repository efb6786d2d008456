"""The mail engine in the admin: queue, lanes, ledger, what comes in."""

from backoffice.delivery.admin import incoming, lanes, ledger, queue

__all__ = ["incoming", "lanes", "ledger", "queue"]
