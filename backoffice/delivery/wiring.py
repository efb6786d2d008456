"""What the mail engine itself puts into the registries."""

from __future__ import annotations

from datetime import time, timedelta

from backoffice.core.services.schedule import SCHEDULES, Schedule
from backoffice.core.services.worker import START_CHECKS, WORKER_STEPS
from backoffice.core.surfaces import PRESET_LOADERS
from backoffice.core.surfaces import TILES as DASHBOARD
from backoffice.delivery import tasks  # noqa: F401 - registers the jobs
from backoffice.delivery.personal_data import declare_delivery
from backoffice.delivery.registry import ADDRESS_HASHES, MESSAGE_KINDS, HashColumn
from backoffice.delivery.retention import register_rules
from backoffice.delivery.services import webhooks
from backoffice.delivery.services.direct import KIND, direct_kind
from backoffice.delivery.services.engine import run_step
from backoffice.delivery.services.forgetting import HASHED
from backoffice.delivery.services.key_rotation import key_problem
from backoffice.delivery.services.lanes import load_lanes
from backoffice.delivery.surfaces import TILES


def register() -> None:
    """Called once by backoffice.wiring."""
    MESSAGE_KINDS.add(KIND, direct_kind())
    WORKER_STEPS.add("deliveries", run_step)
    START_CHECKS.add("suppression key", key_problem)
    PRESET_LOADERS.add("lanes", load_lanes)
    repeat = Schedule("delivery.repeat_uncertain", timedelta(minutes=10))
    SCHEDULES.add("delivery.repeat_uncertain", repeat)
    SCHEDULES.add(
        "delivery.empty_mailbox", Schedule("delivery.empty_mailbox", timedelta(minutes=2))
    )
    SCHEDULES.add("delivery.doctor", Schedule("delivery.doctor", timedelta(days=1), time(4, 20)))
    for name, tile in TILES.items():
        DASHBOARD.add(name, tile)
    for name, column in (
        ("suppressions", HashColumn("delivery.Suppression", "address_hash",
                                    version_field="key_version")),
        ("permits", HashColumn("delivery.Permit", "address_hash", version_field="key_version")),
        ("bounce scores", HashColumn("delivery.AddressScore", "address_hash")),
        ("forgotten deliveries", HashColumn("delivery.Delivery", "address", suffix=HASHED)),
    ):  # fmt: skip
        ADDRESS_HASHES.add(name, column)
    webhooks.connect()
    declare_delivery()
    register_rules()
