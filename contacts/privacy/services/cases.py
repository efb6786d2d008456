"""Steering a case. Nothing here erases; that is services.execution."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.tokens import derived_token, token_hash
from backoffice.core.transitions import guarded_update, transition
from backoffice.delivery.enums import MailClass
from backoffice.delivery.services import queue_message
from contacts.enums import ContactKind
from contacts.privacy.deadlines import due_on
from contacts.privacy.enums import CASE_TRANSITIONS, CaseKind, CaseState, Outcome
from contacts.privacy.models import PrivacyCase

NEEDS_IDENTITY = frozenset(
    {CaseKind.REMOVAL, CaseKind.ACCESS, CaseKind.RECTIFICATION, CaseKind.RESTRICTION}
)


def stream_of(case: PrivacyCase) -> str:
    return f"case:{case.pk}"


def queue_case_mail(
    case: PrivacyCase, kind: str, *, address: str = "", again: date | None = None
) -> None:
    """Queues one mail of the case in the caller's transaction: once per kind, or once per day when
    it is said ``again``. ``address``: another address of the same person."""
    to = address or case.address
    if to:
        queue_message(
            kind=kind,
            mail_class=MailClass.ANSWER,
            address=to,
            about=f"privacy.privacycase:{case.pk}",
            dedupe_key=f"{kind}:{case.pk}{f':{again.isoformat()}' if again else ''}",
            language=case.language,
        )


def identity_token(case: PrivacyCase) -> str:
    """The link token; made again at hand-off, never stored."""
    return derived_token("privacy-identity", case.pk, case.address_hash)


def ask_identity(*, case: PrivacyCase, on: date, actor: Actor) -> PrivacyCase:
    """Sends the signed link to the address **on file**.

    Raises: InvalidTransition in another state; RuleBroken when nothing is held under the address.
    """
    if case.kind not in NEEDS_IDENTITY:
        raise RuleBroken("This kind of case needs no identity.", code="no_identity")
    if case.contact is None:
        raise RuleBroken("No contact holds this address; there is no address on file to write to.")
    if case.contact.kind == ContactKind.MAILBOX:
        raise RuleBroken(
            "A role mailbox belongs to the organisation: hand its duties over instead.",
            code="role_mailbox",
        )
    with transaction.atomic():
        transition(
            case, to=CaseState.IDENTITY_CHECK, table=CASE_TRANSITIONS, actor=actor,
            also={"identity_asked_on": on, "identity_token_hash": token_hash(identity_token(case))},
        )  # fmt: skip
        audit.record(stream_of(case), "ask_identity", actor=actor)
        queue_case_mail(case, "privacy.identity")
    return case


def confirm_identity(*, token: str, actor: Actor) -> PrivacyCase | None:
    """The person clicked and confirmed. None for an unknown token; a repeat changes nothing."""
    case = PrivacyCase.objects.filter(identity_token_hash=token_hash(token)).first()
    if case is None:
        return None
    if case.state != CaseState.IDENTITY_CHECK:
        return case
    with transaction.atomic():
        try:
            transition(
                case, to=CaseState.IN_REVIEW, table=CASE_TRANSITIONS, actor=actor,
                also={"identity_confirmed_at": dates.now()},
            )  # fmt: skip
        except InvalidTransition:
            case.refresh_from_db()
            return case
        audit.record(stream_of(case), "identity_confirmed", actor=actor)
    return case


def review_without_link(*, case: PrivacyCase, actor: Actor) -> PrivacyCase:
    """Moves on where no identity is needed (objection) or nothing is held.

    Raises: RuleBroken when the kind needs the signed link.
    """
    if case.kind in NEEDS_IDENTITY and case.contact is not None:
        raise RuleBroken("This kind of request needs the signed link first.", code="identity")
    if case.kind == CaseKind.UNCLEAR:
        raise RuleBroken("Say what the person asks for first.", code="unclear")
    with transaction.atomic():
        transition(case, to=CaseState.IN_REVIEW, table=CASE_TRANSITIONS, actor=actor)
        audit.record(stream_of(case), "review", actor=actor)
    return case


def extend(*, case: PrivacyCase, reason: str, on: date, actor: Actor) -> PrivacyCase:
    """Two months more, with a reason, told to the person inside the first month.

    Source: Art. 12 (3) GDPR.
    Raises: RuleBroken after the first month, without a reason, or a second time.
    """
    if not reason.strip():
        raise RuleBroken("An extension needs a reason.", code="extension_reason")
    if case.extended_until or on > case.due_on:
        raise RuleBroken("The time can be extended once, inside the first month.", code="extension")
    with transaction.atomic():
        guarded_update(
            case,
            expect={"extended_until": None, "state": case.state},
            set={
                "extended_until": due_on(case.received_on, months=3),
                "extension_reason": reason.strip()[:300],
            },
            actor=actor,
        )
        audit.record(stream_of(case), "extend", actor=actor, facts={"until": case.extended_until})
        queue_case_mail(case, "privacy.extension")
    return case


def close_early(*, case: PrivacyCase, outcome: str, actor: Actor) -> PrivacyCase:
    """Ends a case that is not executed: refused, withdrawn, unidentifiable, nothing held, merged.

    Raises: InvalidTransition once it is approved.
    """
    if outcome not in {Outcome.REFUSED, Outcome.WITHDRAWN, Outcome.UNIDENTIFIABLE,
                       Outcome.NOTHING_HELD, Outcome.MERGED}:  # fmt: skip
        raise RuleBroken("This outcome needs an executed plan.")
    with transaction.atomic():
        transition(
            case, to=CaseState.CLOSED, table=CASE_TRANSITIONS, actor=actor,
            also={"outcome": outcome, "closed_at": dates.now()},
        )  # fmt: skip
        audit.record(stream_of(case), "close", actor=actor, facts={"outcome": outcome})
        if outcome in (Outcome.NOTHING_HELD, Outcome.REFUSED):
            queue_case_mail(case, "privacy.answer")
    return case


def identity_seen(*, case: PrivacyCase, actor: Actor) -> PrivacyCase:
    """The identity was shown another way (a call back, a document that was only looked at).

    Only "seen by, when" is kept. Raises: InvalidTransition in a later state.
    """
    with transaction.atomic():
        transition(
            case, to=CaseState.IN_REVIEW, table=CASE_TRANSITIONS, actor=actor,
            also={"identity_confirmed_at": dates.now()},
        )  # fmt: skip
        audit.record(stream_of(case), "identity_seen", actor=actor)
    return case
