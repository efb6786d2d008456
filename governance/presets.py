"""Bodies, seats and rules of both agencies, loaded by ``load_preset``; repeatable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from backoffice.core.actor import Actor
from governance.enums import BodyKind
from governance.models import Body, Seat


@dataclass(frozen=True)
class SeatPlan:
    """``count`` seats of one class, numbered where there is more than one."""

    code: str
    label: str
    seat_class: str
    count: int = 1
    ex_officio: bool = False


@dataclass(frozen=True)
class BodyPlan:
    code: str
    name: str
    name_de: str
    kind: str
    term_years: int = 3
    terms_in_row: int = 0
    seat_of_organisation: bool = False
    one_seat_per_member: bool = False
    slate_exceeds_seats: bool = False
    seats: tuple[SeatPlan, ...] = ()


#: Source: DataCite statutes of 26 April 2022, sections 10 and 12; Crossref board and governance
#: pages (16 seats, eight small and eight large, three years).
PLANS: dict[str, tuple[BodyPlan, ...]] = {
    "datacite": (
        BodyPlan("assembly", "General Assembly", "Mitgliederversammlung", BodyKind.ASSEMBLY),
        BodyPlan(
            "board",
            "Executive Board",
            "Vorstand",
            BodyKind.BOARD,
            terms_in_row=2,
            seats=(
                SeatPlan("business-office", "Business Office Manager", "office", 1, True),
                SeatPlan("member", "Board member", "board", 13),
            ),
        ),
    ),
    "crossref": (
        BodyPlan("annual-meeting", "Annual Meeting", "Jahresversammlung", BodyKind.ASSEMBLY),
        BodyPlan(
            "board",
            "Board of Directors",
            "Direktorium",
            BodyKind.BOARD,
            seat_of_organisation=True,
            one_seat_per_member=True,
            slate_exceeds_seats=True,
            seats=(SeatPlan("small", "Small", "small", 8), SeatPlan("large", "Large", "large", 8)),
        ),
        BodyPlan(
            "nominating",
            "Nominating Committee",
            "Wahlausschuss",
            BodyKind.COMMITTEE,
            term_years=1,
            seats=(SeatPlan("member", "Member", "committee", 5),),
        ),
    ),
}


def load(preset: str, actor: Actor, on: date) -> None:
    """Creates what is missing; what staff have changed stays."""
    with transaction.atomic():
        for plan in PLANS.get(preset, ()):
            body, _created = Body.objects.get_or_create(
                code=plan.code,
                defaults={
                    "name": plan.name,
                    "name_de": plan.name_de,
                    "kind": plan.kind,
                    "term_years": plan.term_years,
                    "terms_in_row": plan.terms_in_row,
                    "seat_of_organisation": plan.seat_of_organisation,
                    "one_seat_per_member": plan.one_seat_per_member,
                    "slate_exceeds_seats": plan.slate_exceeds_seats,
                },
            )
            _load_seats(body, plan)


def _load_seats(body: Body, plan: BodyPlan) -> None:
    position = 0
    for seats in plan.seats:
        for number in range(1, seats.count + 1):
            position += 1
            single = seats.count == 1
            Seat.objects.get_or_create(
                body=body,
                code=seats.code if single else f"{seats.code}-{number}",
                defaults={
                    "label": seats.label if single else f"{seats.label} {number}",
                    "seat_class": seats.seat_class,
                    "position": position,
                    "ex_officio": seats.ex_officio,
                },
            )
