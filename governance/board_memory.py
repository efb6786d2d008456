"""Who sat on which seat on a day, what is vacant, whose terms end when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.core.dates import add_months
from governance.enums import TermOrigin
from governance.models import Body, Seat, Term


@dataclass(frozen=True)
class SeatRow:
    """One seat on a day: who holds it, and what speaks about the holder's next candidature."""

    seat: Seat
    term: Term | None
    terms_in_row: int
    #: Codes: vacant, unratified, ends_soon, last_term, same_member.
    flags: tuple[str, ...]


def seat_rows(body: Body, *, on: date) -> list[SeatRow]:
    """Every seat of a body on a day in its order, with holder and flags; three queries."""
    terms = list(
        Term.objects.filter(seat__body=body, valid_from__lte=on)
        .select_related("contact", "organisation", "seat")
        .order_by("-valid_from")
    )
    sitting = {
        term.seat_id: term for term in terms if term.valid_until is None or term.valid_until > on
    }
    members: Counter[int | None] = Counter(
        term.organisation_id for term in sitting.values() if term.organisation_id
    )
    rows = []
    for seat in body.seats.order_by("position"):
        term = sitting.get(seat.pk)
        run = _terms_up_to(terms, term, on) if term else 0
        rows.append(SeatRow(seat, term, run, tuple(_seat_flags(body, term, run, members, on))))
    return rows


def _terms_up_to(terms: list[Term], term: Term, on: date) -> int:
    """Elected terms without a gap of the person (or, on a member's seat, of the member)."""
    own = [
        one
        for one in terms
        if one.origin == TermOrigin.ELECTED
        and (
            one.contact_id == term.contact_id
            if term.contact_id
            else one.organisation_id == term.organisation_id
        )
    ]
    run, edge = 0, on
    for one in own:
        if one.valid_until is not None and one.valid_until < edge:
            break
        run, edge = run + 1, one.valid_from
    return run


def _seat_flags(
    body: Body, term: Term | None, run: int, members: Counter[int | None], on: date
) -> Iterator[str]:
    if term is None:
        yield "vacant"
        return
    if term.origin == TermOrigin.CO_OPTED and term.ratified_on is None:
        yield "unratified"
    if term.valid_until is not None and term.valid_until <= add_months(on, 12):
        yield "ends_soon"
    if body.terms_in_row and run >= body.terms_in_row:
        yield "last_term"
    if members[term.organisation_id] > 1:
        yield "same_member"


def rotation(rows: list[SeatRow]) -> list[tuple[int, int]]:
    """Year of the last day → how many terms end in it, in order of years."""
    ends = [row.term.valid_until for row in rows if row.term and row.term.valid_until]
    return sorted(Counter((end - timedelta(days=1)).year for end in ends).items())
