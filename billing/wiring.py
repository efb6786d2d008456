"""What billing puts into the registries of the lower apps; called by backoffice/wiring.py."""

from __future__ import annotations

from datetime import time, timedelta


def wire() -> None:
    from billing import personal_data, retention, tasks  # noqa: F401

    personal_data.declare_billing()
    retention.register_rules()
    _wire_mail()
    _wire_loaders()
    _wire_imports()
    _wire_screens()
    _wire_membership()


def _wire_membership() -> None:
    from backoffice.core.services.schedule import SCHEDULES, Schedule
    from billing.services.arrears import reminder_days
    from billing.services.first_orders import first_fee_paid, on_membership_event
    from billing.services.move_preview import fees_preview
    from contacts.registry import (
        ARREARS_REMINDERS,
        FIRST_FEE_PAID,
        MEMBERSHIP_EVENTS,
        MOVE_PREVIEWS,
    )

    MOVE_PREVIEWS.add("fees", fees_preview)
    ARREARS_REMINDERS.add("billing", reminder_days)
    MEMBERSHIP_EVENTS.add("billing", on_membership_event)
    FIRST_FEE_PAID.add("billing", first_fee_paid)
    SCHEDULES.add(
        "billing.first_orders", Schedule("billing.first_orders", timedelta(days=1), time(5))
    )


def _wire_mail() -> None:
    from backoffice.delivery.registry import EVENT_HANDLERS, MESSAGE_KINDS
    from billing.messages import INVOICE_KIND, ORDER_KIND, REMINDER_KIND
    from billing.services import dunning
    from billing.services.sending import on_delivery_event

    MESSAGE_KINDS.add("billing.invoice", INVOICE_KIND)
    MESSAGE_KINDS.add("billing.reminder", REMINDER_KIND)
    MESSAGE_KINDS.add("billing.order_request", ORDER_KIND)
    EVENT_HANDLERS.add("billing", on_delivery_event)
    EVENT_HANDLERS.add("billing reminders", dunning.on_delivery_event)


def _wire_loaders() -> None:
    from backoffice.core.services.schedule import SCHEDULES, Schedule
    from backoffice.core.surfaces import DEMO_LOADERS, PRESET_LOADERS
    from billing import demo
    from billing.services.dunning import load_preset_ladder
    from billing.services.schedules import load_preset_schedules

    PRESET_LOADERS.add("billing schedules", load_preset_schedules)
    DEMO_LOADERS.add("billing", demo.load)
    PRESET_LOADERS.add("dunning ladder", load_preset_ladder)
    SCHEDULES.add("billing.catch_up", Schedule("billing.catch_up", timedelta(minutes=10)))
    SCHEDULES.add("billing.check_vat_ids", Schedule("billing.check_vat_ids", timedelta(hours=1)))
    SCHEDULES.add("billing.check", Schedule("billing.check", timedelta(days=1), time(1, 20)))


def _wire_imports() -> None:
    from billing.imports import PAYMENTS, USAGE
    from contacts.registry import IMPORT_KINDS

    for kind in (USAGE, PAYMENTS):
        IMPORT_KINDS.add(kind.name, kind)


def _wire_screens() -> None:
    from backoffice.core.surfaces import MY_PAGES, PALETTE, TILES
    from billing import surfaces
    from contacts.registry import (
        HEAD_FACTS,
        ORGANISATION_TABS,
        RECEIVES,
        SEARCHES,
        TIMELINE,
        TimelineSource,
    )

    TIMELINE.add("billing", TimelineSource("billing.view_invoice", surfaces.timeline))
    SEARCHES.add("invoices", surfaces.payers_by_invoice)
    HEAD_FACTS.add("balance", surfaces.head_facts)
    ORGANISATION_TABS.add("invoices", surfaces.TAB)
    RECEIVES.add("billing", surfaces.receives)
    PALETTE.add("invoices", surfaces.PALETTE)
    MY_PAGES.add("invoices", surfaces.MY_INVOICES)
    for name, tile in surfaces.TILES.items():
        TILES.add(name, tile)


def wire_pages() -> None:
    """Staff pages; they need the admin site, which is made after `ready`."""
    from backoffice.core.admin_bases.pages import STAFF_PAGES
    from billing.admin import (
        fees,
        inbox,
        invoices,
        money,
        overdue,
        pages,
        procurement,
        reports,
        runs,
        usage,
        vat,
    )

    for page in (
        runs.NEW_RUN,
        runs.HOLD,
        inbox.PAYMENT_INBOX,
        *overdue.PAGES,
        pages.SIMULATION,
        invoices.INVOICE_PDF,
        usage.DECIDE,
        vat.VAT_DESK,
        procurement.PROCUREMENT,
        fees.PROPOSE,
        money.RATES,
        reports.REPORTS,
    ):
        STAFF_PAGES.add(page.name, page)
