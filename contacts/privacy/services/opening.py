"""Every way in ends here: form, mail, help desk, staff. Nothing here erases."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.services import audit
from backoffice.core.services.numbering import next_number
from backoffice.delivery.enums import SuppressionReason
from backoffice.delivery.services import address_hash, suppress
from contacts.models import Contact
from contacts.privacy.deadlines import due_on
from contacts.privacy.enums import CaseKind, CaseState
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services.cases import queue_case_mail, stream_of
from contacts.services.people import find_contact

RAW_TEXT_DAYS = 90
STOPS_MAIL = frozenset({CaseKind.REMOVAL, CaseKind.OBJECTION})
# Longest text of a request, repeats and replies included.
MOST_CHARACTERS = 20_000


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
    stop_mail: bool = False,
    suggested: tuple[str, ...] = (),
) -> PrivacyCase:
    """A new case, or the open one of the same person and kind (two requests merge).

    Optional mail to the address stops at once, without an identity check (Art. 21 (3) GDPR), for a
    removal, an objection and whenever ``stop_mail`` says so. The acknowledgement with reference and
    due date is queued in the same transaction. A ``source_key`` that was seen opens nothing.

    Raises: BadInput when the address is none.
    """
    normal = normalise_address(address)
    contact = find_contact(normal)
    with transaction.atomic():
        if source_key and (seen := PrivacyCase.objects.filter(source_key=source_key).first()):
            return seen
        existing = open_case_of(normal, contact, kind)
        if existing is None:
            made = PrivacyCase(
                reference=f"P-{received_on.year}-{next_number(f'privacy-{received_on.year}'):05d}",
                kind=kind, channel=channel, received_on=received_on, due_on=due_on(received_on),
                address=normal, address_hash=address_hash(normal), language=language,
                raw_text=raw_text[:MOST_CHARACTERS],
                raw_text_until=received_on + timedelta(days=RAW_TEXT_DAYS) if raw_text else None,
                source_key=source_key, contact=contact, suggested=list(suggested),
            )  # fmt: skip
            existing = _saved(made)
        if existing is None:
            case = made
            audit.record(
                stream_of(case), "open", actor=actor,
                facts={"kind": kind, "channel": channel, "due": case.due_on},
            )  # fmt: skip
            queue_case_mail(case, "privacy.acknowledgement")
        else:
            case = existing
            _asked_again(case, normal, channel, raw_text, received_on, actor)
        if stop_mail or kind in STOPS_MAIL:
            suppress(normal, scope="optional", reason=SuppressionReason.OBJECTION, actor=actor,
                     source=f"case:{case.pk}")  # fmt: skip
    return case


def open_case_of(normal: str, contact: Contact | None, kind: str) -> PrivacyCase | None:
    """The open case of the same person and kind: under the address, or under the contact who holds
    it, whichever of that person's addresses it came from."""
    same = Q(address_hash=address_hash(normal))
    if contact is not None:
        same |= Q(contact=contact)
    return PrivacyCase.objects.filter(same, kind=kind).exclude(state=CaseState.CLOSED).first()


def _saved(case: PrivacyCase) -> PrivacyCase | None:
    """Saves a new case; the one that was opened at the same moment instead, if there is one."""
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError:
        return PrivacyCase.objects.exclude(state=CaseState.CLOSED).get(
            address_hash=case.address_hash, kind=case.kind
        )
    return None


def _asked_again(
    case: PrivacyCase, normal: str, channel: str, text: str, on: date, actor: Actor
) -> None:
    """The same request once more: on record, and acknowledged at most once a day (RFC 3834)."""
    add_words(case, text, on=on)
    audit.record(stream_of(case), "asked_again", actor=actor, facts={"channel": channel})
    told_today = normal == case.address and on == case.received_on
    if case.state != CaseState.ANSWERED and not told_today:
        queue_case_mail(case, "privacy.acknowledgement", address=normal, again=on)


def add_words(case: PrivacyCase, text: str, *, on: date) -> None:
    """What the person wrote later stands below what came first, as far as there is room."""
    text = text.strip()
    if not text or text in case.raw_text:
        return
    whole = f"{case.raw_text}\n\n--- {on.isoformat()} ---\n{text}".strip()[:MOST_CHARACTERS]
    until = on + timedelta(days=RAW_TEXT_DAYS)
    PrivacyCase.objects.filter(pk=case.pk).update(raw_text=whole, raw_text_until=until)
    case.raw_text, case.raw_text_until = whole, until
