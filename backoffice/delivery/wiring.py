"""What the mail engine itself puts into the registries."""

from __future__ import annotations

from datetime import time, timedelta

from backoffice.core.services.schedule import SCHEDULES, Schedule
from backoffice.core.services.worker import WORKER_STEPS
from backoffice.core.surfaces import PRESET_LOADERS
from backoffice.core.surfaces import TILES as DASHBOARD
from backoffice.delivery import tasks  # noqa: F401 - registers the jobs
from backoffice.delivery.personal_data import declare_delivery
from backoffice.delivery.registry import MESSAGE_KINDS
from backoffice.delivery.retention import register_rules
from backoffice.delivery.services import webhooks
from backoffice.delivery.services.direct import KIND, direct_kind
from backoffice.delivery.services.engine import run_step
from backoffice.delivery.services.lanes import load_lanes
from backoffice.delivery.surfaces import TILES


def register() -> None:
    """Called once by backoffice.wiring."""
    MESSAGE_KINDS.add(KIND, direct_kind())
    WORKER_STEPS.add("deliveries", run_step)
    PRESET_LOADERS.add("lanes", load_lanes)
    repeat = Schedule("delivery.repeat_uncertain", timedelta(minutes=10))
    SCHEDULES.add("delivery.repeat_uncertain", repeat)
    SCHEDULES.add(
        "delivery.empty_mailbox", Schedule("delivery.empty_mailbox", timedelta(minutes=2))
    )
    SCHEDULES.add("delivery.doctor", Schedule("delivery.doctor", timedelta(days=1), time(4, 20)))
    for name, tile in TILES.items():
        DASHBOARD.add(name, tile)
    webhooks.connect()
    declare_delivery()
    register_rules()
