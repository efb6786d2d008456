"""The election desk in the admin: the bar, the buttons, the roll; axe clean."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backoffice.core.actor import Actor
from backoffice.core.models import User
from governance.models import Election, Teller
from governance.services import corrections, mailing
from tests.governance import world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def election(tmp_path: Path) -> Election:
    members = world.make_members(24)
    election = world.draft(**world.now_open())
    for name in ("erin", "femi", "gita"):
        Teller.objects.create(election=election, user=world.user(name), observer=name == "gita")
    world.open_drafted(election, tmp_path)
    mailing.send_links(election=election, actor=world.SYSTEM)
    for entry in election.roll.entitled()[:15]:
        sealed = world.envelope_for(election, "all", {"board": ["ash"], "fees": ["yes"]})
        world.casting.cast_envelope(
            election=election, token=world.voting_token(election, entry), box="all",
            ciphertext=sealed, now=world.dates.now(),
        )  # fmt: skip
    election.roll.filter(organisation=members[20]).update(unreachable="bounced")
    corrections.propose_correction(
        election=election, organisation=members[21], kind="remove",
        reason="Merged before the record date", actor=Actor.user(world.user("hana")),
    )  # fmt: skip
    return election


def test_the_desk_shows_where_the_election_stands(
    page: Page, live_server, settings, election: Election, assert_accessible, take_screenshots
) -> None:
    settings.ROLLCALL_DEMO = True
    boss = User.objects.create_superuser("boss@agency.example.org", "x")
    boss.name = "Bo Okafor"
    boss.save()
    from django.test import Client

    client = Client()
    client.force_login(boss)
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    page.goto(f"/admin/elections/{election.pk}/")
    expect(page.locator(".rc-bar [aria-current]")).to_have_text("Close")
    expect(page.get_by_role("link", name="Send voting links")).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "election-desk")
    page.goto(f"/admin/governance/election/{election.pk}/change/")
    take_screenshots(page, "election-admin")
    page.goto(f"/admin/governance/election/{election.pk}/do/correct/")
    assert_accessible(page)
    take_screenshots(page, "election-correct")
