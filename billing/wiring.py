"""What billing puts into the registries of the lower apps; called by backoffice/wiring.py."""

from __future__ import annotations

from datetime import timedelta


def wire() -> None:
    from billing import personal_data, tasks  # noqa: F401

    personal_data.declare_billing()
    _wire_mail()
    _wire_loaders()
    _wire_imports()


def _wire_mail() -> None:
    from backoffice.delivery.registry import EVENT_HANDLERS, MESSAGE_KINDS
    from billing.messages import INVOICE_KIND, REMINDER_KIND
    from billing.services.sending import on_delivery_event

    MESSAGE_KINDS.add("billing.invoice", INVOICE_KIND)
    MESSAGE_KINDS.add("billing.reminder", REMINDER_KIND)
    EVENT_HANDLERS.add("billing", on_delivery_event)


def _wire_loaders() -> None:
    from backoffice.core.services.schedule import SCHEDULES, Schedule
    from backoffice.core.surfaces import PRESET_LOADERS
    from billing.services.schedules import load_preset_schedules

    PRESET_LOADERS.add("billing schedules", load_preset_schedules)
    SCHEDULES.add("billing.catch_up", Schedule("billing.catch_up", timedelta(minutes=10)))


def _wire_imports() -> None:
    from billing.imports import PAYMENTS, USAGE
    from contacts.registry import IMPORT_KINDS

    for kind in (USAGE, PAYMENTS):
        IMPORT_KINDS.add(kind.name, kind)
