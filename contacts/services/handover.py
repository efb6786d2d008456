"""Handing a duty over: another contact names the successor by a one-time link, staff approve."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.tokens import derived_token, token_hash
from backoffice.core.transitions import actor_user, guarded_update, transition
from backoffice.delivery.enums import MailClass
from backoffice.delivery.services import queue_message
from contacts.enums import REVIEW_TRANSITIONS, ReviewState
from contacts.models import (
    Contact,
    FollowUp,
    HandOver,
    Organisation,
    RoleAssignment,
    RoleType,
)
from contacts.queries import Reachable, duty_holders
from contacts.services.admission import contact_for
from contacts.services.duties import assign_duty
from contacts.services.records import finish_follow_up

LINK_DAYS = 30
# Tasks about a duty that a new holder settles.
SETTLED = ("name_another_contact", "vacant_duty")


def whom_to_ask(
    organisation: Organisation, role_type: RoleType, *, on: date, order: int = 1
) -> list[Reachable]:
    """Contacts of the organisation who can be reached, one row each: other people first, the present
    holder of the duty last."""
    people: dict[int, Reachable] = {}
    holders = duty_holders(on=on, organisation_ids=[organisation.pk])
    for holder in holders:
        if not holder.why_not:
            people.setdefault(holder.contact_id, holder)
    own = {h.contact_id for h in holders if h.role_code == role_type.code and h.order == order}
    return sorted(people.values(), key=lambda person: person.contact_id in own)


def ask_handover(
    *,
    organisation: Organisation,
    role_type: RoleType,
    on: date,
    actor: Actor,
    order: int = 1,
    asked: Contact | None = None,
    about: str = "",
) -> HandOver:
    """Mails a link by which ``asked`` names who takes the duty; a link sent before stops working.

    Without ``asked`` the first of :func:`whom_to_ask`. ``about`` (``app.model:pk``) is what wants it;
    open tasks of the organisation about the same are done when the last such hand-over is decided.
    Nothing about the duty changes before staff approve the answer.

    Raises: RuleBroken when nobody can be asked (``nobody_to_ask``) or an answer waits for approval
    (``answer_waits``).
    """
    people = {
        row.contact_id: row for row in whom_to_ask(organisation, role_type, on=on, order=order)
    }
    person = people.get(asked.pk) if asked is not None else next(iter(people.values()), None)
    if person is None:
        raise RuleBroken(
            _("Nobody of %(organisation)s can be reached to be asked.")
            % {"organisation": organisation},
            code="nobody_to_ask",
        )
    with transaction.atomic():
        _end_earlier(organisation, role_type, order, actor)
        handover = HandOver(
            organisation=organisation, role_type=role_type, order=order, about=about,
            asked_contact_id=person.contact_id, asked_on=on, asked_by=actor_user(actor),
            expires_on=on + timedelta(days=LINK_DAYS),
        )  # fmt: skip
        handover._history_user = actor_user(actor)  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                handover.save()
        except IntegrityError as error:
            raise RuleBroken(
                _("This duty was asked for at the same moment."), code="asked_already"
            ) from error
        HandOver.objects.filter(pk=handover.pk).update(
            token_hash=token_hash(handover_token(handover))
        )
        handover.refresh_from_db()
        audit.record(
            f"organisation:{organisation.pk}", "ask_handover", actor=actor, subject=handover,
            facts={"role": role_type.code, "order": order, "on": on, "about": about},
        )  # fmt: skip
        tell(handover, "ask", person.contact_id, person.address, person.language)
    return handover


def _end_earlier(organisation: Organisation, role_type: RoleType, order: int, actor: Actor) -> None:
    earlier = HandOver.objects.filter(
        organisation=organisation, role_type=role_type, order=order,
        state__in=[ReviewState.ASKED, ReviewState.ANSWERED],
    ).first()  # fmt: skip
    if earlier is None:
        return
    if earlier.state == ReviewState.ANSWERED:
        raise RuleBroken(
            _("A successor has been named already; approve or refuse that answer first."),
            code="answer_waits",
        )
    transition(earlier, to=ReviewState.EXPIRED, table=REVIEW_TRANSITIONS, actor=actor,
               also={"token_hash": ""}, reason="asked again")  # fmt: skip


def handover_token(handover: HandOver) -> str:
    """The link of this question to this person."""
    return derived_token("handover", handover.pk, handover.asked_contact_id, handover.asked_on)


def tell(handover: HandOver, word: str, contact_id: int, address: str, language: str) -> None:
    """Queues the mail ``contacts.handover_<word>`` once per person."""
    queue_message(
        kind=f"contacts.handover_{word}",
        mail_class=MailClass.CONTRACT,
        address=address,
        dedupe_key=f"handover:{handover.pk}:{word}:{contact_id}",
        about=f"contacts.handover:{handover.pk}",
        contact_id=contact_id,
        organisation_id=handover.organisation_id,
        language=language,
    )


def by_token(token: str, *, on: date) -> HandOver | None:
    """The question behind a link that still holds."""
    return (
        HandOver.objects.filter(token_hash=token_hash(token), expires_on__gte=on)
        .exclude(state=ReviewState.EXPIRED)
        .select_related("organisation", "role_type", "asked_contact")
        .first()
    )


def present_holder(handover: HandOver) -> Contact | None:
    held = RoleAssignment.objects.not_ended().filter(
        organisation=handover.organisation_id, role_type=handover.role_type_id, order=handover.order
    )
    duty = held.select_related("contact").first()
    return duty.contact if duty else None


def answer_handover(
    *, token: str, given_name: str, family_name: str, email: str, at: datetime, on: date
) -> HandOver:
    """The person asked names the successor; counts once. Nothing changes before staff approve.

    Raises: InvalidTransition (unknown, old or used link); BadInput for an address or without a name.
    """
    handover = _open_question(token, on)
    if not (given_name.strip() or family_name.strip()):
        raise BadInput(_("Give the name of the successor."), code="name", where="family_name")
    address = normalise_address(email)
    actor = Actor.contact(handover.asked_contact_id)
    with transaction.atomic():
        transition(
            handover, to=ReviewState.ANSWERED, table=REVIEW_TRANSITIONS, actor=actor,
            also={"given_name": given_name.strip()[:200], "family_name": family_name.strip()[:200],
                  "email": address, "answered_at": at},
        )  # fmt: skip
        _record(handover, "answer_handover", actor)
    return handover


def keep_holder(*, token: str, at: datetime, on: date) -> HandOver:
    """The person asked says that the present holder stays. Raises: InvalidTransition."""
    handover = _open_question(token, on)
    actor = Actor.contact(handover.asked_contact_id)
    with transaction.atomic():
        transition(handover, to=ReviewState.KEPT, table=REVIEW_TRANSITIONS, actor=actor,
                   also={"answered_at": at})  # fmt: skip
        _record(handover, "keep_holder", actor)
        _settle(handover, actor, kept=True)
    return handover


def _open_question(token: str, on: date) -> HandOver:
    handover = by_token(token, on=on)
    if handover is None:
        raise InvalidTransition(_("This link is not valid any more."))
    return handover


def _record(handover: HandOver, action: str, actor: Actor, **facts: object) -> None:
    audit.record(
        f"organisation:{handover.organisation_id}", action, actor=actor, subject=handover,
        facts={"role": handover.role_type.code, "order": handover.order, **facts},
    )  # fmt: skip


def approve_handover(*, handover: HandOver, on: date, actor: Actor) -> RoleAssignment:
    """Ends the old assignment on ``on`` and starts the successor's; both are told.

    Raises: InvalidTransition when it was decided meanwhile; RuleBroken when a rule about the duty
    forbids it or the address may not be entered.
    """
    with transaction.atomic():
        transition(handover, to=ReviewState.APPROVED, table=REVIEW_TRANSITIONS, actor=actor,
                   also={"decided_by": actor_user(actor), "decided_on": on})  # fmt: skip
        contact = contact_for(
            address=handover.email, given_name=handover.given_name,
            family_name=handover.family_name, language=handover.asked_contact.language,
            source="hand-over", on=on, actor=actor,
        )  # fmt: skip
        duty = assign_duty(
            organisation=handover.organisation, contact=contact, role_type=handover.role_type,
            on=on, actor=actor, order=handover.order, take_over=True, source="hand-over",
        )  # fmt: skip
        _record(handover, "approve_handover", actor, on=on)
        tell(handover, "holder", contact.pk, handover.email, contact.language)
        _settle(handover, actor)
    return duty


def refuse_handover(*, handover: HandOver, reason: str, on: date, actor: Actor) -> HandOver:
    """The named person is not taken. Raises: BadInput without a reason; InvalidTransition."""
    if not reason.strip():
        raise BadInput(_("A refusal needs its reason."), code="reason", where="reason")
    with transaction.atomic():
        transition(
            handover, to=ReviewState.REFUSED, table=REVIEW_TRANSITIONS, actor=actor,
            also={"decided_by": actor_user(actor), "decided_on": on,
                  "refusal_reason": reason.strip()[:300]},
        )  # fmt: skip
        _record(handover, "refuse_handover", actor, on=on)
    return handover


def _settle(handover: HandOver, actor: Actor, *, kept: bool = False) -> None:
    """Tasks that waited for this: those about the duty, and those of ``about`` once all are in."""
    tasks = FollowUp.objects.filter(organisation=handover.organisation, done_at__isnull=True)
    waiting = []
    if not kept:
        names = {f"contacts.roletype:{handover.role_type_id}"}
        ended = RoleAssignment.objects.filter(
            organisation=handover.organisation, role_type=handover.role_type, order=handover.order
        )
        names |= {f"contacts.roleassignment:{pk}" for pk in ended.values_list("pk", flat=True)}
        waiting += list(tasks.filter(code__in=SETTLED, about__in=names))
    if handover.about and not open_handovers(handover.about, handover.organisation_id).exists():
        waiting += list(tasks.filter(about=handover.about))
    for task in {task.pk: task for task in waiting}.values():
        finish_follow_up(task=task, actor=actor)


def open_handovers(about: str, organisation_id: int | None = None):
    """Hand-overs that ``about`` asked for and that are not decided."""
    rows = HandOver.objects.filter(about=about, state__in=[ReviewState.ASKED, ReviewState.ANSWERED])
    return rows.filter(organisation=organisation_id) if organisation_id else rows


def expire_handovers(*, on: date, actor: Actor) -> int:
    """Questions whose link is over without an answer; the duty board shows the gap still."""
    count = 0
    for handover in HandOver.objects.filter(state=ReviewState.ASKED, expires_on__lt=on):
        guarded_update(
            handover, expect={"state": ReviewState.ASKED},
            set={"state": ReviewState.EXPIRED, "token_hash": ""}, actor=actor, reason="expired",
        )  # fmt: skip
        count += 1
    return count
