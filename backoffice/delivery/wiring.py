"""What the mail engine itself puts into the registries."""

from __future__ import annotations

from backoffice.core.services.worker import WORKER_STEPS
from backoffice.delivery.personal_data import declare_delivery
from backoffice.delivery.registry import MESSAGE_KINDS
from backoffice.delivery.services.direct import KIND, direct_kind
from backoffice.delivery.services.engine import run_step


def register() -> None:
    """Called once by backoffice.wiring."""
    MESSAGE_KINDS.add(KIND, direct_kind())
    WORKER_STEPS.add("deliveries", run_step)
    declare_delivery()
