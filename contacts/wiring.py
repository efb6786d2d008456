"""What the life of a membership puts into the registries; called by backoffice/wiring.py."""

from __future__ import annotations

from datetime import time, timedelta


def register_life() -> None:
    """Mails, jobs and their times: applications, hand-overs, the yearly confirmation."""
    from backoffice.core.services.schedule import SCHEDULES, Schedule
    from contacts import life_tasks, life_timeline, messages, messages_duties, messages_moves
    from contacts.registry import MOVE_PREVIEWS, TIMELINE, TimelineSource
    from contacts.services.move_preview import duties_preview

    assert life_tasks.expire_proposals  # type: ignore[truthy-function]
    messages.register()
    messages_duties.register()
    messages_moves.register()
    MOVE_PREVIEWS.add("duties", duties_preview)
    for name, permission, source in (
        ("acts", "contacts.view_membershipact", life_timeline.acts),
        ("applications", "contacts.view_membershipapplication", life_timeline.applications),
        ("questions", "contacts.view_handover", life_timeline.questions),
    ):
        TIMELINE.add(name, TimelineSource(permission, source))
    day = timedelta(days=1)
    for name, schedule in (
        ("contacts.expire_proposals", Schedule("contacts.expire_proposals", day, time(2, 20))),
        ("contacts.activate_paid", Schedule("contacts.activate_paid", timedelta(hours=1))),
        ("contacts.remind_confirmations",
         Schedule("contacts.remind_confirmations", day, time(7, 30))),
    ):  # fmt: skip
        SCHEDULES.add(name, schedule)


def life_pages() -> tuple:
    """Staff pages; they need the admin site, which is made after `ready`."""
    from contacts.admin import confirmations, duty_board, moves

    return (*duty_board.PAGES, *confirmations.PAGES, *moves.PAGES)
