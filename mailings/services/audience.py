"""Who gets a mailing, who does not and why. The removals run in a fixed order with a count each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import FilteredRelation, Q
from django.utils.translation import gettext_lazy as _

from backoffice.core.addresses import needs_smtputf8
from backoffice.delivery.enums import DeliveryState, SuppressionReason
from backoffice.delivery.models import Delivery, Permit, Suppression
from backoffice.delivery.services.suppression import HOLD, hash_of_normal, scopes_that_stop
from contacts.enums import HoldState
from contacts.models import Contact
from mailings.enums import FollowUp, SubscriptionState
from mailings.models import Mailing
from mailings.segments.compiler import contacts_matching, duties_matching
from mailings.services.basis import holders, subscribers

# In this order: the first that applies is counted.
REASONS = {
    "excluded": _("in the excluded segment"),
    "got_it": _("got the mailing before"),
    "restricted": _("processing is restricted"),
    "no_address": _("no e-mail address"),
    "unusable": _("address cannot be used by relays"),
    "erased": _("removed at their request"),
    "all": _("may not be written to at all"),
    "complained": _("reported our mail as spam"),
    "hold": _("address on hold after bounces"),
    "class": _("unsubscribed from this class"),
    "optional": _("wants no optional mail"),
    "topic": _("unsubscribed from this topic"),
    "no_basis": _("no duty and no subscription that would allow it"),
    "no_file": _("no file for their organisation"),
    "duplicate": _("same address as somebody before"),
}
# A mailing has reached, or may have reached, the address.
GOT_IT = (
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.COMPLAINED,
    DeliveryState.UNCERTAIN,
    DeliveryState.HANDING,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of the audience; ``reason`` is empty when the mail may go. With a file per
    organisation, one candidate stands for the mail about one organisation."""

    contact_id: int | None
    address: str
    language: str
    reason: str = ""
    organisation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One person before anything is asked."""

    contact_id: int | None
    address: str | None
    language: str
    hold: str
    restricted: bool


def candidates(mailing: Mailing, *, on: date, rule: dict | None = None) -> Iterator[Candidate]:
    """Everybody the segment (or the topic's subscriptions) names, each with the verdict.

    The same function serves preview and start, so what was shown is what is sent.

    Raises: BadInput for a broken segment.
    """
    ask = _Questions(mailing, on, rule)
    seen: set[tuple[str, int | None]] = set()
    for row in rows_of(mailing, on, rule):
        address = row.address or ""
        reason = ask.reason(row)
        for organisation_id in ask.organisations(row) if not reason else (None,):
            why = reason
            if not why and ask.files and organisation_id is None:
                why = "no_file"
            if not why and (address, organisation_id) in seen:
                why = "duplicate"
            if not why:
                seen.add((address, organisation_id))
            yield Candidate(row.contact_id, address, row.language, why, organisation_id)


class _Questions:
    """What is asked about every row, with all lists loaded once."""

    def __init__(self, mailing: Mailing, on: date, rule: dict | None) -> None:
        self.mailing = mailing
        self.suppressed = suppressions(mailing)
        self.excluded = _excluded(mailing, on)
        self.got_it = _got_it(mailing)
        self.holders = holders(mailing, on=on) if mailing.segment else set()
        self.subscribers = subscribers(mailing) if mailing.segment else None
        files = mailing.files.values_list("organisation_id", flat=True) if mailing.pk else ()
        self.files = set(files)
        self.serving = _serving(mailing, on, rule, self.files)

    def reason(self, row: Row) -> str:
        """The first obstacle; empty when there is none."""
        address = row.address or ""
        if row.contact_id in self.excluded:
            return "excluded"
        if address in self.got_it:
            return "got_it"
        if row.restricted:
            return "restricted"
        if not address:
            return "no_address"
        if needs_smtputf8(address):
            return "unusable"
        stopped = self.suppressed.get(hash_of_normal(address), "") if self.suppressed else ""
        if stopped:
            return stopped
        if row.hold == HoldState.HELD:
            return "hold"
        return "" if self._has_basis(row) else "no_basis"

    def _has_basis(self, row: Row) -> bool:
        """Subscribers of a topic have theirs; in a segment a duty or the subscription must be."""
        if self.subscribers is None:
            return True
        return row.contact_id in self.holders or row.address in self.subscribers

    def organisations(self, row: Row) -> list[int | None]:
        """Those with a file that the person serves; one empty entry for a mailing without files."""
        if not self.files:
            return [None]
        return list(self.serving.get(row.contact_id or 0, [])) or [None]


def rows_of(mailing: Mailing, on: date, rule: dict | None = None) -> Iterator[Row]:
    """Whom segment, subscriptions or the earlier mailing name, in a steady order."""
    if mailing.follow_kind == FollowUp.CORRECTION and mailing.follows_id:
        yield from _who_got(mailing.follows_id)
    elif mailing.segment is not None:
        yield from _of_segment(mailing.segment.rule if rule is None else rule, on)
    elif mailing.topic is not None:
        subscribed = mailing.topic.subscriptions.filter(
            state=SubscriptionState.ACTIVE, address__isnull=False
        ).order_by("pk")
        # A subscriber may be nobody of the roll; one who is, is restricted like anybody else.
        for contact_id, address, language, restricted in subscribed.values_list(
            "contact_id", "address", "language", "contact__restricted_at"
        ).iterator(chunk_size=5000):
            yield Row(contact_id, address, language, HoldState.OK, restricted is not None)


def _of_segment(rule: dict, on: date) -> Iterator[Row]:
    current = FilteredRelation(
        "addresses",
        condition=Q(
            addresses__valid_until__isnull=True,
            addresses__primary=True,
            addresses__address__isnull=False,
        ),
    )
    people = contacts_matching(rule, on=on)
    found = people.annotate(current=current).order_by("pk").values_list(
        "pk", "current__address", "language", "current__hold_state", "restricted_at"
    )  # fmt: skip
    for pk, address, language, hold, restricted in found.iterator(chunk_size=5000):
        yield Row(pk, address, language, hold or HoldState.OK, restricted is not None)


def _who_got(mailing_id: int) -> Iterator[Row]:
    """To whom it was handed over, uncertain ones included: they may have read the mistake too."""
    rows = Delivery.objects.of_mailing(mailing_id).filter(state__in=GOT_IT).order_by("pk")
    restricted = set(
        Contact.objects.filter(restricted_at__isnull=False).values_list("pk", flat=True)
    )
    seen = set()
    for contact_id, address, language in rows.values_list(
        "contact_ref", "address", "language"
    ).iterator(chunk_size=5000):
        if address not in seen:
            seen.add(address)
            yield Row(contact_id, address, language, HoldState.OK, contact_id in restricted)


def _got_it(mailing: Mailing) -> set[str]:
    if mailing.follow_kind != FollowUp.MISSING or not mailing.follows_id:
        return set()
    rows = Delivery.objects.of_mailing(mailing.follows_id).filter(state__in=GOT_IT)
    return set(rows.values_list("address", flat=True))


def suppressions(mailing: Mailing) -> dict[str, str]:
    """Address hash → reason, for every scope that stops this class and topic."""
    code = mailing.topic.code if mailing.topic else ""
    scopes = scopes_that_stop(mailing.mail_class, code)
    order = {reason: place for place, reason in enumerate(REASONS)}
    permits = set()
    if code:
        rows = Permit.objects.filter(topic=code, ended_at__isnull=True)
        permits = set(rows.values_list("address_hash", flat=True))
    found: dict[str, str] = {}
    ledger = Suppression.objects.filter(lifted_at__isnull=True, scope__in=scopes)
    for digest, scope, why in ledger.values_list("address_hash", "scope", "reason"):
        if scope != HOLD and digest in permits:
            continue
        reason = reason_of(scope, why)
        if digest not in found or order[reason] < order[found[digest]]:
            found[digest] = reason
    return found


def reason_of(scope: str, why: str) -> str:
    """The reason under which a row of the ledger is counted."""
    if scope == "all" and why == SuppressionReason.ERASED:
        return "erased"
    if why == SuppressionReason.COMPLAINT:
        return "complained"
    return scope.partition(":")[0]


def _excluded(mailing: Mailing, on: date) -> set[int | None]:
    if mailing.exclude is None:
        return set()
    return set(contacts_matching(mailing.exclude.rule, on=on).values_list("pk", flat=True))


def _serving(
    mailing: Mailing, on: date, rule: dict | None, files: set[int]
) -> dict[int, list[int]]:
    """Contact → organisations with a file, by the duties that the segment speaks of."""
    if not files or mailing.segment is None:
        return {}
    duties = duties_matching(rule or mailing.segment.rule, on=on).filter(organisation__in=files)
    serving: dict[int, list[int]] = {}
    for contact_id, organisation_id in (
        duties.order_by("contact_id", "organisation_id")
        .values_list("contact_id", "organisation_id")
        .distinct()
    ):
        serving.setdefault(contact_id, []).append(organisation_id)
    return serving


@dataclass(frozen=True)
class Tally:
    """What a mailing would do now: how many mails, and how many people it leaves out, by reason."""

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
