"""Minutes: written, dispatched to every voting member, final after four weeks without objection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, NotAllowed, RuleBroken
from backoffice.core.services import audit
from backoffice.core.tokens import derived_token
from backoffice.core.transitions import actor_user, guarded_update
from backoffice.delivery.services import queue_message
from contacts.models import Contact, Organisation
from contacts.queries import voting_holders
from governance.enums import MeetingState
from governance.models import Meeting, Minutes, MinutesObjection
from governance.notice import minutes_final_on
from governance.sealing.canonical import sha256_hex
from governance.services.roll import first_holders
from governance.services.support import votes_for


@dataclass(frozen=True)
class Approval:
    """Where minutes stand on a day. ``last_day`` is the last one for an objection, included."""

    state: str  # draft | open | objected | approved
    last_day: date | None = None
    open_objections: int = 0


def write_minutes(*, meeting: Meeting, text: str, signed_by: str, actor: Actor) -> Minutes:
    """The text as long as it has not gone out.

    Raises: RuleBroken before the meeting was held or after dispatch; BadInput without a text.
    """
    if meeting.state != MeetingState.HELD:
        raise RuleBroken("Minutes follow a meeting that was held.")
    if not text.strip():
        raise BadInput("The minutes have no text.", where="text")
    with transaction.atomic():
        # Holds dispatch off while the text changes.
        meeting.refresh_from_db(from_queryset=Meeting.objects.select_for_update())
        if meeting.minutes_sent_on is not None:
            raise RuleBroken("Dispatched minutes do not change; object to them instead.")
        minutes, created = Minutes.objects.get_or_create(
            meeting=meeting,
            defaults={"text": text, "signed_by": signed_by, "written_by": actor_user(actor)},
        )
        if not created:
            guarded_update(
                minutes,
                expect={"text_sha256": ""},
                set={"text": text, "signed_by": signed_by},
                actor=actor,
            )
        audit.record(f"meeting:{meeting.pk}", "minutes_written", actor=actor, subject=minutes)
    return minutes


def send_minutes(*, meeting: Meeting, on: date, actor: Actor) -> Meeting:
    """Dispatches the minutes to every voting member; four weeks without objection make them final.

    Source: DataCite statutes of 26 April 2022, section 17.6.

    Raises: RuleBroken before the meeting was held; BadInput without minutes or without who signed
        them; InvalidTransition when they have gone out already.
    """
    if meeting.state != MeetingState.HELD:
        raise RuleBroken("Minutes follow a meeting that was held.")
    minutes = Minutes.objects.filter(meeting=meeting).first()
    if minutes is None or not minutes.signed_by.strip():
        raise BadInput("Write the minutes and say who signed them first.", where="minutes")
    members = list(Organisation.objects.voting(on=on).order_by("pk"))
    holders = first_holders(voting_holders(on=on, organisation_ids=[one.pk for one in members]))
    digest = sha256_hex(minutes.text.encode())
    with transaction.atomic():
        guarded_update(
            meeting, expect={"minutes_sent_on": None}, set={"minutes_sent_on": on}, actor=actor
        )
        guarded_update(
            minutes,
            expect={"text_sha256": "", "text": minutes.text},
            set={"text_sha256": digest},
            actor=actor,
        )
        queued = sum(_dispatch(meeting, holder) for holder in holders.values())
        audit.record(
            f"meeting:{meeting.pk}", "minutes_sent", actor=actor, subject=meeting,
            facts={"on": on, "sha256": digest, "members": len(members), "by_mail": queued},
        )  # fmt: skip
    return meeting


def _dispatch(meeting: Meeting, holder) -> bool:
    if holder.why_not:
        return False
    queue_message(
        kind="governance.minutes",
        mail_class="governance",
        address=holder.address,
        dedupe_key=f"governance.minutes:{meeting.pk}:{holder.organisation_id}",
        about=f"governance.meeting:{meeting.pk}",
        contact_id=holder.contact_id,
        organisation_id=holder.organisation_id,
        language=holder.language,
    )
    return True


def minutes_token(meeting: Meeting) -> str:
    """The secret in the address of the minutes: the same for every member, made anew each time."""
    return derived_token("minutes", meeting.pk, meeting.minutes_sent_on or "")


def approval(meeting: Meeting, *, on: date) -> Approval:
    """Draft, open for objections, objected, or approved: on the first day after the window."""
    sent = meeting.minutes_sent_on
    if sent is None:
        return Approval("draft")
    final = minutes_final_on(sent)
    last_day = date.fromordinal(final.toordinal() - 1)
    waiting = MinutesObjection.objects.filter(
        minutes__meeting=meeting, settled_on__isnull=True
    ).count()
    if waiting:
        return Approval("objected", last_day, waiting)
    return Approval("approved" if on >= final else "open", last_day)


def object_to_minutes(
    *,
    minutes: Minutes,
    organisation: Organisation,
    text: str,
    on: date,
    actor: Actor,
    contact: Contact | None = None,
) -> MinutesObjection:
    """A member objects in time. ``contact`` speaks for the member; None: staff take in a letter.

    Raises: RuleBroken outside the window; NotAllowed when the contact does not vote for the member;
        BadInput without a text.
    """
    found = approval(minutes.meeting, on=on)
    if found.last_day is None or on > found.last_day:
        raise RuleBroken("The time for objections is over.", code="objection_late")
    if contact is not None and not votes_for(contact, organisation, on):
        raise NotAllowed("Only the voting contact speaks for a member.", code="no_vote")
    if not text.strip() or len(text) > 4000:
        raise BadInput("Say what is wrong, in at most 4,000 characters.", where="text")
    with transaction.atomic():
        objection = MinutesObjection.objects.create(
            minutes=minutes, organisation=organisation, received_on=on, text=text.strip()
        )
        audit.record(
            f"meeting:{minutes.meeting_id}", "minutes_objected", actor=actor, subject=objection,
            facts={"organisation": organisation.pk},
        )  # fmt: skip
    return objection


def settle_objection(
    *, objection: MinutesObjection, outcome: str, on: date, actor: Actor
) -> MinutesObjection:
    """The objection is decided; the outcome stands beside it. Raises: BadInput without one."""
    if not outcome.strip():
        raise BadInput("Give the outcome.", where="outcome")
    with transaction.atomic():
        guarded_update(
            objection,
            expect={"settled_on": None},
            set={"settled_on": on, "outcome": outcome.strip()},
            actor=actor,
        )
        audit.record(
            f"meeting:{objection.minutes.meeting_id}",
            "objection_settled",
            actor=actor,
            subject=objection,
        )
    return objection
