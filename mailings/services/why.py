"""One page per mailing and person: why did they get it, or why not? Also the proof for a complaint."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput
from backoffice.delivery.models import Delivery, InboundMail, Permit, ProviderEvent, Suppression
from backoffice.delivery.services.suppression import hash_of_normal, scopes_that_stop
from contacts.models import Contact, ContactAddress, RoleAssignment
from mailings.models import ConsentRecord, Mailing, Subscription
from mailings.segments.compiler import contacts_matching
from mailings.segments.rules import leaves, words
from mailings.services.audience import REASONS, candidates
from mailings.services.explaining import explain_rule


@dataclass(frozen=True)
class Line:
    """One line of the audience rule: did it hold on the day of the mailing?"""

    text: str
    holds: bool


@dataclass
class Answer:
    """Everything known about one person and one mailing, oldest first where there is an order."""

    contact: Contact | None
    address: str
    day: date
    deliveries: list[Delivery] = field(default_factory=list)
    # Why no mail was planned; empty when one was.
    left_out: str = ""
    named: bool = False
    lines: list[Line] = field(default_factory=list)
    excluded: bool = False
    duties: list[RoleAssignment] = field(default_factory=list)
    subscriptions: list[tuple[Subscription, list[ConsentRecord]]] = field(default_factory=list)
    ledger: list[tuple[Suppression, bool]] = field(default_factory=list)
    permits: list[Permit] = field(default_factory=list)
    events: list[ProviderEvent] = field(default_factory=list)
    reports: list[InboundMail] = field(default_factory=list)

    @property
    def got_it(self) -> bool:
        """Handed over at least once, as far as anybody knows."""
        states = ("sent", "delivered", "complained", "bounced")
        return any(row.state in states for row in self.deliveries)


def find_person(text: str) -> tuple[Contact | None, str]:
    """(contact, address) for a name or an address; a subscriber may be an address only."""
    words_given = text.strip()
    if not words_given:
        return None, ""
    if "@" in words_given:
        try:
            address = normalise_address(words_given)
        except BadInput:
            return None, ""
        row = ContactAddress.objects.filter(address=address, valid_until=None).first()
        return (row.contact if row else None), address
    contact = Contact.objects.living().matching(words_given).order_by("pk").first()
    return contact, _address_of(contact)


def _address_of(contact: Contact | None) -> str:
    if contact is None:
        return ""
    row = contact.addresses.filter(valid_until=None, primary=True, address__isnull=False).first()
    return (row.address or "") if row else ""


def answer(mailing: Mailing, contact: Contact | None, address: str, *, on: date) -> Answer:
    """The whole story. For a mailing that has started, the frozen rule on its own day counts; what
    the ledger says is as of now, each row with its day.

    Raises: BadInput for a broken segment.
    """
    frozen = mailing.frozen or {}
    day = date.fromisoformat(frozen["day"]) if frozen.get("day") else on
    result = Answer(contact, address, day)
    result.deliveries = _deliveries(mailing, contact, address)
    _rule(mailing, frozen, result)
    if not result.deliveries:
        _verdict(mailing, frozen, result)
    _background(mailing, result)
    return result


def _deliveries(mailing: Mailing, contact: Contact | None, address: str) -> list[Delivery]:
    own = Q(address=address) if address else Q(pk__in=[])
    if contact is not None:
        own |= Q(contact_ref=contact.pk)
    return list(Delivery.objects.of_mailing(mailing.pk).filter(own).order_by("pk"))


def _rule(mailing: Mailing, frozen: dict, result: Answer) -> None:
    segment = frozen.get("segment") or ({"rule": mailing.segment.rule} if mailing.segment else None)
    if segment is None or mailing.follow_kind == "correction":
        result.named = bool(result.deliveries)
        return
    rule = segment["rule"]
    if result.contact is None:
        result.lines = [Line(words(leaf), False) for leaf in leaves(rule)] if rule else []
        return
    result.lines = [Line(*line) for line in explain_rule(rule, result.contact, on=result.day)]
    people = contacts_matching(rule, on=result.day).filter(pk=result.contact.pk)
    result.named = people.exists()
    out = frozen.get("exclude") or ({"rule": mailing.exclude.rule} if mailing.exclude else None)
    if out:
        result.excluded = (
            contacts_matching(out["rule"], on=result.day).filter(pk=result.contact.pk).exists()
        )


def _verdict(mailing: Mailing, frozen: dict, result: Answer) -> None:
    segment = frozen.get("segment")
    found = candidates(mailing, on=result.day, rule=segment["rule"] if segment else None)
    for candidate in found:
        mine = candidate.address == result.address and bool(result.address)
        if mine or (result.contact is not None and candidate.contact_id == result.contact.pk):
            result.named = True
            result.left_out = str(REASONS.get(candidate.reason, candidate.reason))
            if not candidate.reason:
                break


def _background(mailing: Mailing, result: Answer) -> None:
    if result.contact is not None:
        result.duties = list(
            result.contact.duties.open(on=result.day)  # type: ignore[attr-defined]
            .select_related("role_type", "organisation")
            .order_by("organisation__name")
        )
    if not result.address:
        return
    code = mailing.topic.code if mailing.topic else ""
    if mailing.topic is not None:
        rows = Subscription.objects.filter(topic=mailing.topic, address=result.address)
        result.subscriptions = [(row, list(row.consent.order_by("at", "pk"))) for row in rows]
    digest = hash_of_normal(result.address)
    stops = set(scopes_that_stop(mailing.mail_class, code))
    result.ledger = [
        (row, row.scope in stops and row.lifted_at is None)
        for row in Suppression.objects.filter(address_hash=digest).order_by("created_at")
    ]
    result.permits = list(Permit.objects.filter(address_hash=digest, topic=code).order_by("pk"))
    _came_back(result)


def _came_back(result: Answer) -> None:
    ids = [row.message_id for row in result.deliveries]
    provider_ids = [row.provider_id for row in result.deliveries if row.provider_id]
    if not ids:
        return
    named = Q(message_id__in=ids) | Q(provider_id__in=[*provider_ids, *ids])
    result.events = list(ProviderEvent.objects.filter(named).order_by("pk"))
    result.reports = list(
        InboundMail.objects.filter(speaks_of__in=result.deliveries).order_by("pk")
    )
