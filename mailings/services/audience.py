"""Who gets a mailing, who does not and why. The removals run in a fixed order with a count each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import FilteredRelation, Q
from django.utils.translation import gettext_lazy as _

from backoffice.core.addresses import needs_smtputf8
from backoffice.delivery.models import Suppression
from backoffice.delivery.services.suppression import hash_of_normal, scopes_that_stop
from contacts.enums import HoldState
from contacts.models import Contact
from mailings.enums import LegalBasis, SubscriptionState
from mailings.models import Mailing, Subscription
from mailings.segments.compiler import NOBODY, compile_rule, contacts_matching, open_duties
from mailings.segments.rules import leaves, words

# In this order: the first that applies is counted.
REASONS = {
    "excluded": _("in the excluded segment"),
    "restricted": _("processing is restricted"),
    "no_address": _("no e-mail address"),
    "unusable": _("address cannot be used by relays"),
    "all": _("may not be written to at all"),
    "hold": _("address on hold after bounces or a complaint"),
    "class": _("unsubscribed from this class"),
    "optional": _("wants no optional mail"),
    "topic": _("unsubscribed from this topic"),
    "no_basis": _("no duty and no subscription that would allow it"),
    "duplicate": _("same address as somebody before"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of the audience; ``reason`` is empty when the mail may go."""

    contact_id: int | None
    address: str
    language: str
    reason: str = ""


def candidates(mailing: Mailing, *, on: date, rule: dict | None = None) -> Iterator[Candidate]:
    """Everybody the segment (or the topic's subscriptions) names, each with the verdict.

    The same function serves preview and start, so what was shown is what is sent.

    Raises: BadInput for a broken segment.
    """
    suppressed = _suppressions(mailing)
    excluded = _excluded(mailing, on)
    subscribers = _subscribers(mailing)
    seen: set[str] = set()
    for contact_id, address, language, hold, restricted, has_duty in _rows(mailing, on, rule):
        reason = ""
        if contact_id in excluded:
            reason = "excluded"
        elif restricted is not None:
            reason = "restricted"
        elif not address:
            reason = "no_address"
        elif needs_smtputf8(address):
            reason = "unusable"
        elif hold == HoldState.HELD:
            reason = "hold"
        else:
            reason = suppressed.get(hash_of_normal(address), "") if suppressed else ""
        if not reason and not _has_basis(mailing, address, has_duty, subscribers):
            reason = "no_basis"
        if not reason and address in seen:
            reason = "duplicate"
        if not reason:
            seen.add(address)
        yield Candidate(contact_id, address or "", language, reason)


def _rows(mailing: Mailing, on: date, rule: dict | None) -> Iterator[tuple]:
    """(contact, address, language, hold, restricted, has a duty) in a steady order."""
    if mailing.segment is None:
        if mailing.topic is None:
            return
        rows = mailing.topic.subscriptions.filter(
            state=SubscriptionState.ACTIVE, address__isnull=False
        )
        for contact_id, address, language in rows.order_by("pk").values_list(
            "contact_id", "address", "language"
        ):
            yield contact_id, address, language, HoldState.OK, None, False
        return
    current = FilteredRelation(
        "addresses",
        condition=Q(
            addresses__valid_until__isnull=True,
            addresses__primary=True,
            addresses__address__isnull=False,
        ),
    )
    people = contacts_matching(mailing.segment.rule if rule is None else rule, on=on)
    holders = set(open_duties(on).values_list("contact_id", flat=True))
    found = people.annotate(current=current).order_by("pk").values_list(
        "pk", "current__address", "language", "current__hold_state", "restricted_at"
    )  # fmt: skip
    for pk, address, language, hold, restricted in found.iterator(chunk_size=5000):
        yield pk, address, language, hold, restricted, pk in holders


def _suppressions(mailing: Mailing) -> dict[str, str]:
    """Address hash → reason, for every scope that stops this class and topic."""
    code = mailing.topic.code if mailing.topic else ""
    scopes = scopes_that_stop(mailing.mail_class, code)
    rows = Suppression.objects.filter(lifted_at__isnull=True, scope__in=scopes)
    found: dict[str, str] = {}
    for digest, scope in rows.values_list("address_hash", "scope"):
        reason = scope.partition(":")[0]
        held = found.get(digest)
        if held is None or list(REASONS).index(reason) < list(REASONS).index(held):
            found[digest] = reason
    return found


def _excluded(mailing: Mailing, on: date) -> set[int]:
    if mailing.exclude is None:
        return set()
    return set(contacts_matching(mailing.exclude.rule, on=on).values_list("pk", flat=True))


def _subscribers(mailing: Mailing) -> set[str]:
    if mailing.topic is None or mailing.segment is None:
        return set()
    rows = Subscription.objects.filter(topic=mailing.topic, state=SubscriptionState.ACTIVE)
    return {
        address or "" for address in rows.exclude(address=None).values_list("address", flat=True)
    }


def _has_basis(mailing: Mailing, address: str, has_duty: bool, subscribers: set[str]) -> bool:
    """A consent topic needs the subscription; anything else a duty or the subscription."""
    if mailing.segment is None:
        return True
    if mailing.topic is not None and mailing.topic.legal_basis == LegalBasis.CONSENT:
        return address in subscribers
    return has_duty or address in subscribers


@dataclass(frozen=True)
class Explanation:
    """Line by line why a person is in a segment or not, and what would stop the mail."""

    inside: bool
    lines: list[tuple[str, bool]]
    obstacle: str = ""


def explain(mailing: Mailing, contact: Contact, *, on: date) -> Explanation:
    """Why this person gets the mailing, or why not."""
    rule = mailing.segment.rule if mailing.segment else {}
    inside = not rule or contacts_matching(rule, on=on).filter(pk=contact.pk).exists()
    lines = [(words(leaf), _holds(leaf, contact, on)) for leaf in leaves(rule)] if rule else []
    obstacle = ""
    for candidate in candidates(mailing, on=on) if inside else ():
        if candidate.contact_id == contact.pk and candidate.reason:
            obstacle = str(REASONS.get(candidate.reason, candidate.reason))
            break
    return Explanation(inside, lines, obstacle)


def explain_rule(rule: dict, contact: Contact, *, on: date) -> list[tuple[str, bool]]:
    """Each line of a rule in words, with whether it holds for this person."""
    return [(words(leaf), _holds(leaf, contact, on)) for leaf in leaves(rule)] if rule else []


def _holds(leaf: dict, contact: Contact, on: date) -> bool:
    condition = compile_rule(leaf, on=on) if leaf else NOBODY
    return Contact.objects.filter(condition, pk=contact.pk).exists()


@dataclass(frozen=True)
class Tally:
    """What a mailing would do now: how many it reaches and how many it leaves out, by reason."""

    reached: int
    left_out: dict[str, int]

    @property
    def named(self) -> int:
        return self.reached + sum(self.left_out.values())


def tally(mailing: Mailing, *, on: date) -> Tally:
    """Counts the audience without writing anything."""
    reached, left_out = 0, dict.fromkeys(REASONS, 0)
    for candidate in candidates(mailing, on=on):
        if candidate.reason:
            left_out[candidate.reason] += 1
        else:
            reached += 1
    return Tally(reached, {reason: count for reason, count in left_out.items() if count})


def difference(mailing: Mailing, *, on: date) -> dict[str, list[int]]:
    """Against the last finished mailing of the same topic or segment: who is new, who is gone."""
    from backoffice.delivery.models import Delivery

    last = (
        Mailing.objects.filter(topic=mailing.topic, segment=mailing.segment, state="finished")
        .exclude(pk=mailing.pk)
        .order_by("-finished_at")
        .first()
    )
    if last is None:
        return {"new": [], "gone": []}
    before = set(
        Delivery.objects.of_mailing(last.pk)
        .filter(contact_ref__isnull=False)
        .values_list("contact_ref", flat=True)
    )
    now = {c.contact_id for c in candidates(mailing, on=on) if not c.reason and c.contact_id}
    return {"new": sorted(now - before), "gone": sorted(before - now)}
