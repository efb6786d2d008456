"""Board memory: terms start and end, limits are checked, certified results fill seats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.dates import add_months
from backoffice.core.errors import RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import guarded_update
from contacts.models import Contact, Organisation
from governance.enums import TermOrigin
from governance.models import Body, Contest, Election, Seat, Term


@dataclass(frozen=True)
class Eligibility:
    """Whether somebody may stand, and every reason against it."""

    reasons: tuple[str, ...]

    @property
    def eligible(self) -> bool:
        return not self.reasons


def eligibility(
    *, body: Body, organisation: Organisation, contact: Contact | None, on: date
) -> Eligibility:
    """May this member (with this person) stand for the body on that day?

    Source: DataCite statutes of 26 April 2022, section 12 (two terms in a row, belonging to a
    member); Crossref board rules (member in good standing).
    """
    reasons = []
    if not Organisation.objects.in_good_standing(on=on).filter(pk=organisation.pk).exists():
        reasons.append("not_in_good_standing")
    if contact is None and not body.seat_of_organisation:
        reasons.append("no_person_named")
    if contact is not None and not _belongs(contact, organisation, on):
        reasons.append("person_not_of_member")
    if body.one_seat_per_member and _sits(body, organisation, on):
        reasons.append("member_sits_already")
    limit = body.terms_in_row
    if contact is not None and limit and terms_in_row(body, contact, on) >= limit:
        reasons.append("term_limit_reached")
    return Eligibility(tuple(reasons))


def _belongs(contact: Contact, organisation: Organisation, on: date) -> bool:
    return contact.duties.open(on=on).filter(organisation=organisation).exists()


def _sits(body: Body, organisation: Organisation, on: date) -> bool:
    """Whether the member holds a seat beyond the next twelve months; one that ends is up anew."""
    terms = Term.objects.sitting(on=on).filter(seat__body=body, organisation=organisation)
    return terms.exclude(valid_until__lte=add_months(on, 12)).exists()


def terms_in_row(body: Body, contact: Contact, on: date) -> int:
    """Elected terms of the person without a gap, up to the day."""
    terms = Term.objects.filter(
        seat__body=body, contact=contact, origin=TermOrigin.ELECTED, valid_from__lte=on
    ).order_by("-valid_from")
    run, edge = 0, on
    for term in terms:
        if term.valid_until is not None and term.valid_until < edge:
            break
        run, edge = run + 1, term.valid_from
    return run


def vacant_seats(body: Body, *, on: date) -> list[Seat]:
    """Seats nobody holds on that day, in their order."""
    held = Term.objects.sitting(on=on).filter(seat__body=body).values("seat")
    return list(body.seats.exclude(pk__in=held).order_by("position"))


def start_term(
    *,
    seat: Seat,
    contact: Contact | None,
    organisation: Organisation | None,
    origin: str,
    on: date,
    until: date | None = None,
    election: Election | None = None,
    actor: Actor,
) -> Term:
    """Somebody takes a seat from ``on`` (included) until ``until`` (excluded).

    Raises: RuleBroken while somebody else holds the seat on that day.
    """
    with transaction.atomic():
        Seat.objects.select_for_update().get(pk=seat.pk)
        overlap = Term.objects.filter(seat=seat)
        if until is not None:
            overlap = overlap.filter(valid_from__lt=until)
        if overlap.exclude(valid_until__lte=on).exists():
            raise RuleBroken(f"“{seat.label}” is taken on that day; end that term first.")
        term = Term.objects.create(
            seat=seat,
            contact=contact,
            organisation=organisation,
            valid_from=on,
            valid_until=until,
            origin=origin,
            election=election,
        )
        audit.record(
            f"body:{seat.body_id}", "term_started", actor=actor, subject=term,
            facts={"origin": origin, "from": on},
        )  # fmt: skip
    return term


def end_term(*, term: Term, on: date, reason: str, actor: Actor) -> Term:
    """A term ends; ``on`` is the first day it no longer holds.

    Raises: InvalidTransition when it has ended already.
    """
    with transaction.atomic():
        guarded_update(
            term,
            expect={"valid_until": term.valid_until},
            set={"valid_until": on, "end_reason": reason},
            actor=actor,
            reason=reason,
        )
        audit.record(
            f"body:{term.seat.body_id}", "term_ended", actor=actor, subject=term, facts={"on": on}
        )
    return term


def ratify_term(*, term: Term, on: date, actor: Actor) -> Term:
    """The assembly ratifies a co-opted member.

    Raises: RuleBroken for anyone who was not co-opted.
    """
    if term.origin != TermOrigin.CO_OPTED:
        raise RuleBroken("Only a co-opted member is ratified.")
    with transaction.atomic():
        guarded_update(term, expect={"ratified_on": None}, set={"ratified_on": on}, actor=actor)
        audit.record(
            f"body:{term.seat.body_id}", "term_ratified", actor=actor, subject=term,
            facts={"on": on},
        )  # fmt: skip
    return term


def fill_seats(*, election: Election, on: date, actor: Actor) -> int:
    """Winners of a certified election take the vacant seats of the contest's class.

    A seat whose holder's term ends on or before the day counts as vacant. Returns how many.
    """
    if election.body is None or election.report is None:
        return 0
    contests = {contest.code: contest for contest in election.contests.all()}
    filled = 0
    for entry in election.report["contests"]:
        contest = contests.get(entry["id"])
        if contest is None or not contest.seat_class or not entry["count"]:
            continue
        filled += _fill_contest(election, contest, entry["count"]["winners"], on, actor)
    return filled


def _fill_contest(
    election: Election, contest: Contest, winners: list[str], on: date, actor: Actor
) -> int:
    assert election.body is not None
    seats = [
        seat
        for seat in vacant_seats(election.body, on=on)
        if seat.seat_class == contest.seat_class and not seat.ex_officio
    ]
    options = {option.name: option for option in contest.options.all()}
    filled = 0
    for seat, name in zip(seats, winners, strict=False):
        option = options[name]
        if option.contact is None and option.organisation is None:
            continue
        start_term(
            seat=seat,
            contact=option.contact,
            organisation=option.organisation,
            origin=TermOrigin.ELECTED,
            on=on,
            until=add_months(on, 12 * election.body.term_years),
            election=election,
            actor=actor,
        )
        filled += 1
    return filled
