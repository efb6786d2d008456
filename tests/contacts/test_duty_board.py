"""The board: what is red, why and since when; filters; asking from a cell; queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.cache import cache

from backoffice.core.dates import today
from contacts.board import cells_of, too_few_people
from contacts.models import HandOver, RoleAssignment, RoleType
from contacts.services.duties import end_duty, mark_unreachable
from tests.factories import roll

pytestmark = [pytest.mark.django_db, pytest.mark.database]
BOARD = "/admin/duty-board/"


@pytest.fixture
def house(settings, client):
    settings.ROLLCALL_DEMO = True
    cache.clear()
    roll.agency()
    client.force_login(roll.staff("membership"))
    quarry = roll.member("Quarry", country="IE")
    roll.duty(quarry, roll.person("zoe@quarry.example.org", "Zoë"), "voting")
    roll.duty(quarry, roll.person("ben@quarry.example.org", "Ben"), "service")
    return quarry


def cell(organisation, code: str):
    roles = list(RoleType.objects.all())
    row = cells_of([organisation.pk], roles, on=today())[organisation.pk]
    return next(cell for cell in row if cell.role_code == code)


def test_why_and_since_when(house) -> None:
    assert cell(house, "billing").why == "vacant"
    assert cell(house, "billing").since == roll.SINCE
    assert cell(house, "technical").state == "empty"
    duty = RoleAssignment.objects.get(role_type__code="voting")
    mark_unreachable(assignment=duty, reason="bounced", on=date(2026, 11, 3), actor=roll.STAFF)
    assert (cell(house, "voting").why, cell(house, "voting").since) == (
        "bounced", date(2026, 11, 3),
    )  # fmt: skip
    end_duty(assignment=duty, on=date(2026, 11, 9), actor=roll.STAFF)
    assert (cell(house, "voting").why, cell(house, "voting").since) == (
        "vacant", date(2026, 11, 9),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", True), ("country=IE", True), ("country=DE", False), ("type=direct_member", True),
        ("type=consortium", False), ("duty=billing", True), ("duty=service", False),
        ("why=vacant", True), ("why=bounced", False), ("duty=service&show=all", True),
    ],
)  # fmt: skip
def test_filters(house, client, query, shown) -> None:
    page = client.get(f"{BOARD}?{query}").content.decode()
    assert (f"/organisation/{house.pk}/change/" in page) is shown


def test_the_link_of_a_red_cell_asks_somebody_else(house, client) -> None:
    page = client.get(BOARD).content.decode()
    link = f"/admin/duty-board/ask/{house.pk}/billing/"
    assert link in page
    client.get(link)
    assert not HandOver.objects.exists()
    ben = RoleAssignment.objects.get(role_type__code="service").contact_id
    client.post(link, {"asked": ben})
    assert HandOver.objects.get().asked_contact_id == ben
    assert "asked" in client.get(BOARD).content.decode()


def test_only_who_may_ask_asks(house, client) -> None:
    client.force_login(roll.staff("auditor"))
    link = f"/admin/duty-board/ask/{house.pk}/billing/"
    assert client.get(BOARD).status_code == 200
    assert client.post(link, {"asked": 1}).status_code == 403
    assert not HandOver.objects.exists()


QUERIES = 19


def test_the_board_takes_as_many_queries_for_one_and_for_three(
    house, client, django_assert_num_queries
) -> None:
    client.get(BOARD)
    with django_assert_num_queries(QUERIES):
        client.get(BOARD)
    for number in range(2):
        other = roll.member(f"Other {number}")
        roll.duty(other, roll.person(f"p{number}@other.example.org"), "service")
    with django_assert_num_queries(QUERIES):
        client.get(BOARD)


def test_three_people_over_five_duties() -> None:
    roll.agency("crossref")
    press = roll.member("Press", kind="member")
    roles = list(RoleType.objects.all())
    for code in ("primary", "voting", "technical"):
        contact = roll.person(f"{code}@press.example.org")
        RoleAssignment.objects.create(
            organisation=press, contact=contact, role_type=RoleType.objects.get(code=code),
            valid_from=roll.SINCE,
        )  # fmt: skip
    assert too_few_people(cells_of([press.pk], roles, on=roll.DAY)) == {}
    RoleAssignment.objects.update(contact=roll.person("one@press.example.org"))
    for code in ("metadata_quality", "billing"):
        RoleAssignment.objects.create(
            organisation=press, contact_id=RoleAssignment.objects.first().contact_id,
            role_type=RoleType.objects.get(code=code), valid_from=roll.SINCE,
        )  # fmt: skip
    assert too_few_people(cells_of([press.pk], roles, on=roll.DAY)) == {press.pk: 2}
