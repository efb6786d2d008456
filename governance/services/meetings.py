"""Meetings: called in time, with a log of dispatch for every member."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update, transition
from backoffice.delivery.services import queue_message
from contacts.models import Agency, Organisation
from contacts.queries import Reachable, voting_holders
from governance.enums import MEETING_TRANSITIONS, MeetingKind, MeetingState
from governance.models import Meeting, NoticeSent
from governance.notice import MEMBER_MOTION, Period, notice_for


def needed_notice(meeting: Meeting) -> Period:
    """The notice this meeting needs at this agency."""
    agency = Agency.objects.first()
    return notice_for(agency.preset if agency else "", meeting.kind)


def latest_call(meeting: Meeting) -> date:
    """Last day on which the call may be dispatched."""
    return needed_notice(meeting).latest_dispatch(timezone.localtime(meeting.starts_at).date())


def call_meeting(*, meeting: Meeting, on: date, actor: Actor) -> Meeting:
    """Dispatches the call with the agenda to every voting member and keeps a log of it.

    A member that no mail reaches is logged with the reason, for a letter.

    Raises: RuleBroken after the last day for it; BadInput without an agenda.
    """
    if not meeting.agenda.exists():
        raise BadInput("The call carries the agenda; write it first.", where="agenda")
    if meeting.kind != MeetingKind.BOARD and on > latest_call(meeting):
        raise RuleBroken(
            f"The call had to go out by {latest_call(meeting):%d %B %Y}; choose a later date."
        )
    members = list(Organisation.objects.voting(on=on).order_by("pk"))
    holders: dict[int, Reachable] = {}
    for holder in voting_holders(on=on, organisation_ids=[member.pk for member in members]):
        if holder.organisation_id not in holders or holders[holder.organisation_id].why_not:
            holders[holder.organisation_id] = holder
    with transaction.atomic():
        transition(
            meeting,
            to=MeetingState.CALLED,
            table=MEETING_TRANSITIONS,
            actor=actor,
            also={"called_on": on},
        )
        log = [_dispatch(meeting, member, holders.get(member.pk), on) for member in members]
        NoticeSent.objects.bulk_create(log, batch_size=500)
        audit.record(
            f"meeting:{meeting.pk}",
            "called",
            actor=actor,
            subject=meeting,
            facts={"members": len(log), "by_mail": sum(bool(row.delivery_ref) for row in log)},
        )
    return meeting


def _dispatch(meeting: Meeting, member: Organisation, holder, on: date) -> NoticeSent:
    row = NoticeSent(meeting=meeting, organisation=member, dispatched_on=on)
    if holder is None:
        row.reason = "no_voting_contact"
    elif holder.why_not:
        row.reason = holder.why_not
    else:
        delivery = queue_message(
            kind="governance.meeting_call",
            mail_class="governance",
            address=holder.address,
            dedupe_key=f"governance.meeting_call:{meeting.pk}:{member.pk}",
            about=f"governance.meeting:{meeting.pk}",
            contact_id=holder.contact_id,
            organisation_id=member.pk,
            language=holder.language,
        )
        row.delivery_ref = delivery.pk
    return row


def hold_meeting(*, meeting: Meeting, actor: Actor) -> Meeting:
    """The meeting was held. Raises: InvalidTransition unless it was called."""
    with transaction.atomic():
        transition(meeting, to=MeetingState.HELD, table=MEETING_TRANSITIONS, actor=actor)
        audit.record(f"meeting:{meeting.pk}", "held", actor=actor, subject=meeting)
    return meeting


def send_minutes(*, meeting: Meeting, on: date, actor: Actor) -> Meeting:
    """Minutes were dispatched; four weeks without objection make them final."""
    if meeting.state != MeetingState.HELD:
        raise RuleBroken("Minutes follow a meeting that was held.")
    with transaction.atomic():
        guarded_update(
            meeting, expect={"minutes_sent_on": None}, set={"minutes_sent_on": on}, actor=actor
        )
        audit.record(
            f"meeting:{meeting.pk}", "minutes_sent", actor=actor, subject=meeting, facts={"on": on}
        )
    return meeting


def motion_in_time(meeting: Meeting, received: date) -> bool:
    """Whether a member's motion came early enough to stand on the agenda."""
    day = timezone.localtime(meeting.starts_at).date()
    return received <= MEMBER_MOTION.latest_dispatch(day)
