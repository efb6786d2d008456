"""Meetings: called in time, with a log of dispatch for every member."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, NotAllowed, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import transition
from backoffice.delivery.services import queue_message
from contacts.models import Agency, Contact, Organisation
from contacts.queries import voting_holders
from governance.enums import MEETING_TRANSITIONS, MeetingKind, MeetingState
from governance.models import AgendaItem, Meeting, NoticeSent
from governance.notice import MEMBER_MOTION, Period, notice_for
from governance.services.roll import first_holders
from governance.services.support import votes_for


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
    holders = first_holders(voting_holders(on=on, organisation_ids=[one.pk for one in members]))
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


def last_motion_day(meeting: Meeting) -> date:
    """Last day on which a member's motion comes in time for the agenda, included."""
    return MEMBER_MOTION.latest_dispatch(timezone.localtime(meeting.starts_at).date())


def submit_motion(
    *,
    meeting: Meeting,
    organisation: Organisation,
    contact: Contact,
    title: str,
    text: str,
    on: date,
    actor: Actor,
) -> AgendaItem:
    """A member's own motion goes onto the agenda, last, with the member's name and the day.

    Source: DataCite statutes of 26 April 2022, section 15.2.

    Raises: RuleBroken after the last day or for a meeting that is not to come; NotAllowed unless
        the contact votes for the member; BadInput without title and text.
    """
    if meeting.state not in (MeetingState.PLANNED, MeetingState.CALLED):
        raise RuleBroken("This meeting takes no motions any more.", code="motion_late")
    if on > last_motion_day(meeting):
        raise RuleBroken("The meeting itself decides about later motions.", code="motion_late")
    if not votes_for(contact, organisation, on):
        raise NotAllowed("Only the voting contact speaks for a member.", code="no_vote")
    if not title.strip() or not text.strip() or len(title) > 200 or len(text) > 10_000:
        raise BadInput("A motion has a title and a text of at most 10,000 characters.")
    with transaction.atomic():
        Meeting.objects.select_for_update().get(pk=meeting.pk)
        last = meeting.agenda.order_by("-position").values_list("position", flat=True).first() or 0
        item = AgendaItem.objects.create(
            meeting=meeting,
            position=last + 1,
            title=title.strip(),
            text=text.strip(),
            proposed_by=organisation,
            received_on=on,
        )
        audit.record(
            f"meeting:{meeting.pk}", "motion_submitted", actor=actor, subject=item,
            facts={"organisation": organisation.pk, "on": on},
        )  # fmt: skip
    return item
