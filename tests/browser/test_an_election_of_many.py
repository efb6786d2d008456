"""One election in which a few vote in a real browser and all others over HTTP.

``ROLLCALL_VOTERS`` sets the size of the roll (120 here; 2,000 for the full picture).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, expect

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.delivery.models import Delivery
from governance.models import BoardEntry, Envelope
from governance.queries import envelope_state
from governance.secrets import voting_token
from governance.services import closing, corrections, mailing
from tests.governance import world
from tests.scenarios.test_an_election_of_two_thousand import _name_deputy

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True, serialized_rollback=False),
]
VOTERS = int(os.environ.get("ROLLCALL_VOTERS", "120"))
IN_A_BROWSER = 4


def test_a_few_in_a_browser_the_rest_over_http(page: Page, tmp_path: Path, time_machine) -> None:
    cache.clear()
    members = world.make_members(VOTERS)
    election = world.opened(tmp_path, **world.now_open())
    mailing.send_links(election=election, actor=world.SYSTEM)
    _bounce_and_correct(election, members)
    entries = list(election.roll.entitled().order_by("pk"))
    away = VOTERS // 10
    voters = Random(7).sample(entries, len(entries) - away)
    totals: Counter[str] = Counter()
    receipts = [_in_browser(page, election, entry) for entry in voters[:IN_A_BROWSER]]
    totals["Ash"] += IN_A_BROWSER
    for number, entry in enumerate(voters[IN_A_BROWSER:]):
        mark = ("ash", "birch", "cedar")[number % 3]
        if number % 10 == 0:  # a first thought, replaced by the vote that follows
            _over_http(election, entry, "cedar" if mark != "cedar" else "ash")
        _over_http(election, entry, mark)
        totals[mark.title()] += 1
    again = len(range(0, len(voters) - IN_A_BROWSER, 10))
    assert Envelope.objects.count() == len(voters)
    assert BoardEntry.objects.count() == len(voters) + again + 1, "one browser voted twice"
    assert envelope_state(election, receipts[0][0]) == "replaced"
    assert envelope_state(election, receipts[0][1]) == "in_the_box"

    time_machine.move_to(election.closes_at + world.timedelta(minutes=1))
    closing.close_election(election=election, now=dates.now(), actor=world.SYSTEM)
    world.open_and_count(election, tmp_path, seed="20270409")  # share 2 of 3 is lost
    board = election.report["contests"][0]
    counted = board["count"]["stages"][0]["totals"]
    assert {name: int(n) for name, n in counted.items()} == dict(totals)
    assert election.second_engine == "equal"
    assert [row["kind"] for row in election.report["corrections"]] == ["contact", "remove"]
    world.certify(election, on=dates.today())
    call_command("verify_election", election.slug)
    page.goto(f"/vote/{election.slug}/result/")
    expect(page.locator("h1")).to_be_visible()


def _bounce_and_correct(election, members) -> None:
    bounced = election.roll.get(organisation=members[7])
    mailing.note_bounce(Delivery.objects.get(about=f"governance.rollentry:{bounced.pk}"), "bounced")
    _name_deputy(bounced)
    proposer, approver = (Actor.user(world.user(name)) for name in ("proposer", "approver"))
    proposals = corrections.propose_deputies(election=election, on=dates.today(), actor=proposer)
    proposals.append(
        corrections.propose_correction(
            election=election, organisation=members[11], kind="remove",
            reason="Merged into another member before the record date", actor=proposer,
        )
    )  # fmt: skip
    for one in proposals:
        corrections.decide_correction(
            correction=one, approve=True, on=dates.today(), actor=approver
        )


def _over_http(election, entry, mark: str) -> None:
    sealed = world.envelope_for(election, entry.box, {"board": [mark], "fees": ["yes"]})
    body = {
        "token": voting_token(election, entry), "box": entry.box, "envelope": world.as_json(sealed)
    }  # fmt: skip
    address = f"/vote/{election.slug}/cast"
    answer = Client().post(address, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content


def _in_browser(page: Page, election, entry) -> tuple[str, str]:
    """First and last receipt: the first voter votes twice."""
    page.goto("about:blank")
    page.goto(f"/vote/{election.slug}/#t={voting_token(election, entry)}")
    first = _cast(page)
    if BoardEntry.objects.count() > 1:
        return first, first
    page.get_by_role("button", name="Vote again").click()
    return first, _cast(page)


def _cast(page: Page) -> str:
    page.get_by_label("Ash").check()
    page.get_by_label("Yes").check()
    page.get_by_role("button", name="Review my ballot").click()
    page.get_by_role("button", name="Cast my ballot").click()
    expect(page.get_by_role("heading", name="Your ballot is in the box")).to_be_visible()
    return page.locator("#receipt-hash").inner_text()
