"""Who sat when, what is vacant, who is up, and the page that shows it."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from backoffice.presets import load_groups
from governance.board_memory import rotation, seat_rows
from governance.enums import TermOrigin
from governance.models import Body, Term
from governance.services import bodies
from tests.factories import roll as cast
from tests.governance import world

pytestmark = pytest.mark.django_db
DAY = date(2027, 4, 9)


@pytest.fixture
def board() -> Body:
    world.make_members(5)
    return Body.objects.get(code="board")


def sit(board: Body, place: int, number: int, start: date, until: date | None, **more) -> Term:
    organisation = world.Organisation.objects.order_by("pk")[number]
    return bodies.start_term(
        seat=board.seats.get(code=f"member-{place}"), organisation=organisation, on=start,
        contact=organisation.duties.get().contact, until=until,
        origin=more.pop("origin", TermOrigin.ELECTED), actor=world.SYSTEM,
    )  # fmt: skip


def test_every_seat_on_a_day_with_what_speaks_about_it(board: Body) -> None:
    sit(board, 1, 0, date(2021, 4, 9), date(2024, 4, 9))
    sit(board, 1, 0, date(2024, 4, 9), date(2028, 1, 1))
    sit(board, 2, 1, date(2026, 4, 9), date(2029, 4, 9), origin=TermOrigin.CO_OPTED)
    sit(board, 3, 1, date(2026, 4, 9), date(2029, 4, 9))
    rows = {row.seat.code: row for row in seat_rows(board, on=DAY)}
    assert rows["member-1"].terms_in_row == 2
    assert rows["member-1"].flags == ("ends_soon", "last_term")
    assert rows["member-2"].flags == ("unratified", "same_member")
    assert rows["member-4"].flags == ("vacant",)
    assert rotation(list(rows.values())) == [(2027, 1), (2029, 2)]
    before = {row.seat.code: row for row in seat_rows(board, on=date(2023, 1, 1))}
    assert before["member-1"].terms_in_row == 1
    assert before["member-2"].term is None


def test_a_member_that_keeps_a_seat_cannot_stand_where_one_seat_is_the_rule(board: Body) -> None:
    organisation = world.Organisation.objects.order_by("pk")[0]
    contact = organisation.duties.get().contact
    term = sit(board, 1, 0, date(2026, 4, 9), date(2029, 4, 9))

    def reasons(on: date) -> tuple[str, ...]:
        return bodies.eligibility(
            body=board, organisation=organisation, contact=contact, on=on
        ).reasons

    assert reasons(DAY) == ()
    board.one_seat_per_member = True
    assert reasons(DAY) == ("member_sits_already",)
    assert reasons(date(2028, 6, 1)) == (), "the seat that ends within the year is up anew"
    bodies.end_term(term=term, on=DAY, reason="left", actor=world.SYSTEM)
    assert reasons(DAY) == ()


def test_the_page_shows_any_day_in_few_queries_and_fills_seats(
    board: Body, client: Client, django_assert_num_queries, settings
) -> None:
    settings.ROLLCALL_DEMO = True  # waives the second factor, not the permissions
    load_groups("datacite", world.SYSTEM, DAY)
    user = cast.staff("returning")
    client.force_login(user)
    sit(board, 1, 0, date(2024, 4, 9), date(2030, 4, 9))
    page = client.get(f"/admin/bodies/{board.pk}/?on=2027-04-09").content.decode()
    assert "1 of 14 seats are taken" in page
    assert "2024" in page
    past = client.get(f"/admin/bodies/{board.pk}/?on=2020-01-01").content.decode()
    assert "0 of 14 seats are taken" in past
    with django_assert_num_queries(2):
        seat_rows(board, on=DAY)
    address = f"/admin/governance/body/{board.pk}/do/start-term/"
    member = world.Organisation.objects.order_by("pk")[1]
    data = {
        "seat": board.seats.get(code="member-2").pk, "organisation": str(member.pk),
        "contact": str(member.duties.get().contact_id), "origin": "co_opted",
        "valid_from": "2027-04-01", "last_day": "2028-03-31",
    }  # fmt: skip
    assert client.post(address, data).status_code == 302
    term = Term.objects.get(seat__code="member-2")
    assert (term.valid_until, term.origin) == (date(2028, 4, 1), "co_opted")
    taken = client.post(address, data)
    assert "is taken on that day" in taken.content.decode()
    client.force_login(cast.staff("auditor"))
    assert client.get(f"/admin/bodies/{board.pk}/").status_code == 200
    assert client.post(address, data).status_code == 403
    client.force_login(cast.staff("finance"))
    assert client.get(f"/admin/bodies/{board.pk}/").status_code == 403
