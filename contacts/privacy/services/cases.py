"""Opening and steering a case. Nothing here erases; that is services.execution."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import IntegrityError, transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.services import audit
from backoffice.core.services.numbering import next_number
from backoffice.core.tokens import derived_token, token_hash
from backoffice.core.transitions import guarded_update, transition
from backoffice.delivery.enums import MailClass, SuppressionReason
from backoffice.delivery.services import address_hash, queue_message, suppress
from contacts.enums import ContactKind
from contacts.privacy.deadlines import due_on
from contacts.privacy.enums import CASE_TRANSITIONS, CaseKind, CaseState, Outcome
from contacts.privacy.models import PrivacyCase
from contacts.services.people import find_contact

RAW_TEXT_DAYS = 90
NEEDS_IDENTITY = frozenset(
    {CaseKind.REMOVAL, CaseKind.ACCESS, CaseKind.RECTIFICATION, CaseKind.RESTRICTION}
)


def stream_of(case: PrivacyCase) -> str:
    return f"case:{case.pk}"


def open_case(
    *,
    kind: str,
    channel: str,
    address: str,
    received_on: date,
    actor: Actor,
    language: str = "en-gb",
    raw_text: str = "",
    source_key: str | None = None,
) -> PrivacyCase:
    """A new case, or the open one of the same person and kind (two requests merge).

    Optional mail to the address stops at once, without an identity check (Art. 21 (3) GDPR). The
    acknowledgement with reference and due date is queued in the same transaction.

    Raises: BadInput when the address is none.
    """
    normal = normalise_address(address)
    digest = address_hash(normal)
    with transaction.atomic():
        if source_key and (seen := PrivacyCase.objects.filter(source_key=source_key).first()):
            return seen
        existing = (
            PrivacyCase.objects.filter(address_hash=digest, kind=kind)
            .exclude(state=CaseState.CLOSED)
            .first()
        )
        if existing:
            audit.record(
                stream_of(existing), "asked_again", actor=actor, facts={"channel": channel}
            )
            return existing
        case = PrivacyCase(
            reference=f"P-{received_on.year}-{next_number(f'privacy-{received_on.year}'):05d}",
            kind=kind,
            channel=channel,
            received_on=received_on,
            due_on=due_on(received_on),
            address=normal,
            address_hash=digest,
            language=language,
            raw_text=raw_text[:20_000],
            raw_text_until=received_on + timedelta(days=RAW_TEXT_DAYS) if raw_text else None,
            source_key=source_key,
            contact=find_contact(normal),
        )
        try:
            with transaction.atomic():
                case.save()
        except IntegrityError:
            return PrivacyCase.objects.exclude(state=CaseState.CLOSED).get(
                address_hash=digest, kind=kind
            )
        audit.record(
            stream_of(case), "open", actor=actor,
            facts={"kind": kind, "channel": channel, "due": case.due_on},
        )  # fmt: skip
        if kind in (CaseKind.REMOVAL, CaseKind.OBJECTION):
            suppress(normal, scope="optional", reason=SuppressionReason.OBJECTION, actor=actor,
                     source=f"case:{case.pk}")  # fmt: skip
        queue_case_mail(case, "privacy.acknowledgement")
    return case


def queue_case_mail(case: PrivacyCase, kind: str) -> None:
    """Queues one mail of the case, once per kind, in the caller's transaction."""
    if case.address:
        queue_message(
            kind=kind,
            mail_class=MailClass.ANSWER,
            address=case.address,
            about=f"privacy.privacycase:{case.pk}",
            dedupe_key=f"{kind}:{case.pk}",
            language=case.language,
        )


def identity_token(case: PrivacyCase) -> str:
    """The link token; made again at hand-off, never stored."""
    return derived_token("privacy-identity", case.pk, case.address_hash)


def ask_identity(*, case: PrivacyCase, on: date, actor: Actor) -> PrivacyCase:
    """Sends the signed link to the address **on file**.

    Raises: InvalidTransition in another state; RuleBroken when nothing is held under the address.
    """
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


GRANTABLE = frozenset({CaseKind.OBJECTION, CaseKind.RESTRICTION, CaseKind.RECTIFICATION})


def grant_case(*, case: PrivacyCase, actor: Actor) -> PrivacyCase:
    """Grants an objection, restriction or rectification and answers.

    An objection stops all optional mail. A restriction marks the contact: neither mailed, exported
    nor matched any more. A rectification is made on the contact first; this answers it.

    Raises: RuleBroken for another kind, or without a confirmed identity where one is needed.
    """
    if case.kind not in GRANTABLE:
        raise RuleBroken("This kind of case is not granted this way.")
    contact = case.contact
    if case.kind in NEEDS_IDENTITY and contact and case.identity_confirmed_at is None:
        raise RuleBroken("The identity has not been confirmed.", code="identity")
    with transaction.atomic():
        if case.kind == CaseKind.RESTRICTION and contact and contact.restricted_at is None:
            guarded_update(
                contact, expect={"restricted_at": None}, set={"restricted_at": dates.now()},
                actor=actor,
            )  # fmt: skip
        transition(
            case, to=CaseState.ANSWERED, table=CASE_TRANSITIONS, actor=actor,
            also={"answered_at": dates.now(), "outcome": Outcome.GRANTED},
        )  # fmt: skip
        audit.record(stream_of(case), "grant", actor=actor, facts={"kind": case.kind})
        queue_case_mail(case, "privacy.answer")
    return case
