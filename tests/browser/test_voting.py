"""A voter in a real browser: link, paper, review, cast, receipt, check; axe on each page."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backoffice.core.models import Issuer
from backoffice.delivery.models import Delivery
from governance.enums import ElectionState
from governance.models import Election, Envelope, RollEntry
from governance.queries import envelope_state
from governance.sealing.box import open_box
from governance.sealing.keys import join_key
from governance.secrets import voting_token
from governance.services import closing
from tests.governance import world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True, serialized_rollback=False),
]


@pytest.fixture
def election(tmp_path: Path) -> Election:
    """An open election with a list, a motion and a ranked council."""
    world.make_members(7)
    Issuer.objects.create(
        valid_from=world.JOINED,
        legal_name="Persistente Kennungen e.V.",
        short_name="Kennungen",
        street="Welfengarten 1B",
        post_code="30167",
        city="Hannover",
        country="DE",
        email="office@agency.example.org",
        website="https://agency.example.org",
    )
    drafted = world.draft(**world.now_open())
    board = drafted.contests.get(code="board")
    board.title, board.title_de = "Executive Board: two seats", "Vorstand: zwei Sitze"
    board.save()
    names = ("Ada Ashworth", "Bela Birkenfeld", "Carla Cedro")
    members = world.Organisation.objects.order_by("pk")
    for option, name, member in zip(board.options.all(), names, members, strict=False):
        option.name, option.organisation = name, member
        option.statement = "I want open metadata for all, and budgets that anyone can read."
        option.save()
    fees = drafted.contests.get(code="fees")
    fees.title, fees.title_de = "Fee schedule for 2028", "Gebührenordnung 2028"
    fees.text = "The assembly adopts the fee schedule sent with the call."
    fees.text_de = "Die Versammlung beschließt die mit der Einladung versandte Gebührenordnung."
    fees.save()
    world.add_contest(
        drafted, "advisers", "Advisory group: rank as many as you like", "scottish-stv",
        ("Oak", "Elm", "Fir", "Yew"), 2, title_de="Beirat: beliebig viele Ränge",
    )  # fmt: skip
    return world.open_drafted(drafted, tmp_path)


def link(election: Election, entry: RollEntry) -> str:
    return f"/vote/{election.slug}/#t={voting_token(election, entry)}"


def clear_ballots(election: Election, folder: Path) -> list[dict]:
    """What the tellers would read: opens the box with two shares, in the test only."""
    keys = json.loads((folder / "keys.json").read_bytes())
    shares = [(folder / f"share-{n}.txt").read_text() for n in (1, 2)]
    files = closing.box_files(election)
    secret = join_key(shares, keys["public_key"])
    return open_box(files["box-all.json"], election.definition, secret).choices


def test_a_vote_by_mouse_with_review_and_receipt(
    page: Page, election: Election, tmp_path: Path, assert_accessible, take_screenshots
) -> None:
    entry = election.roll.entitled().first()
    page.goto(link(election, entry))
    expect(page.locator("#voter-name")).to_have_text(str(entry.organisation))
    assert_accessible(page)
    take_screenshots(page, "ballot-empty")
    page.get_by_label("Ada Ashworth").first.check()
    page.get_by_label("Carla Cedro").first.check()
    page.get_by_label("Bela Birkenfeld").first.check()
    expect(page.get_by_role("alert").filter(visible=True)).to_have_text(
        "You chose 3; at most 2 are allowed. Take some away."
    )
    take_screenshots(page, "ballot-too-many")
    page.get_by_label("Carla Cedro").first.uncheck()
    page.get_by_label("Yes").check()
    page.locator("#o-advisers-elm").select_option("1")
    page.locator("#o-advisers-fir").select_option("2")
    page.get_by_role("button", name="Review my ballot").click()
    expect(page.get_by_role("heading", name="Is this your ballot?")).to_be_focused()
    expect(page.locator("#review-list")).to_contain_text("1. Elm")
    assert_accessible(page)
    take_screenshots(page, "ballot-review")
    page.get_by_role("button", name="Cast my ballot").click()
    expect(page.get_by_role("heading", name="Your ballot is in the box")).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "ballot-receipt")
    receipt = page.locator("#receipt-hash").inner_text()
    assert Envelope.objects.get().hash == receipt
    assert clear_ballots(election, tmp_path) == [
        {"advisers": ["elm", "fir"], "board": ["ash", "birch"], "fees": ["yes"]}
    ]
    assert Delivery.objects.get().kind == "governance.receipt"
    page.get_by_role("link", name="Check the receipt").click()
    expect(page.locator(".verdict")).to_have_text("In the box")
    assert_accessible(page)
    take_screenshots(page, "receipt-check")


def test_a_vote_by_keyboard_alone_then_again(
    page: Page, election: Election, tmp_path: Path, take_screenshots
) -> None:
    entry = election.roll.entitled().first()
    page.goto(link(election, entry))
    expect(page.locator("#paper")).to_be_visible()

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        pytest.fail(f"the Tab key never reaches {selector}")

    tab_to("#o-board-cedar")
    page.keyboard.press("Space")
    tab_to("[name=fees]")
    page.keyboard.press("ArrowUp")
    tab_to("#o-advisers-yew")
    page.keyboard.press("1")
    tab_to("button.main")
    take_screenshots(page, "ballot-keyboard")
    page.keyboard.press("Enter")
    expect(page.locator("#review")).to_be_visible()
    tab_to("#cast")
    page.keyboard.press("Enter")
    expect(page.locator("#receipt")).to_be_visible()
    first = page.locator("#receipt-hash").inner_text()
    tab_to("#again")
    page.keyboard.press("Enter")
    expect(page.locator("#voted-before")).to_be_visible()
    tab_to("button.main")
    page.keyboard.press("Enter")
    tab_to("#cast")
    page.keyboard.press("Enter")
    expect(page.locator("#receipt")).to_be_visible()
    assert envelope_state(election, first) == "replaced"
    assert clear_ballots(election, tmp_path) == [{"advisers": [], "board": [], "fees": []}]


def test_the_paper_speaks_german_and_keeps_its_link(
    page: Page, election: Election, assert_accessible, take_screenshots
) -> None:
    page.goto(link(election, election.roll.entitled().first()))
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("#voter-name")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vorstandswahl 2027")
    expect(page.get_by_role("button", name="Stimmzettel prüfen")).to_be_visible()
    expect(page.get_by_label("Ja")).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "ballot-german")


def test_an_old_or_missing_link_is_told_so(page: Page, election: Election) -> None:
    page.goto(f"/vote/{election.slug}/#t={'A' * 43}")
    expect(page.locator("#status")).to_contain_text("not valid")
    page.goto("about:blank")
    page.goto(f"/vote/{election.slug}/")
    expect(page.locator("#no-link")).to_be_visible()
    expect(page.locator("#paper")).to_be_hidden()


def test_without_script_the_server_seals_after_a_review(
    browser, live_server, election: Election, tmp_path: Path, assert_accessible: Callable
) -> None:
    entry = election.roll.entitled().first()
    profile = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    tab = profile.new_page()
    tab.goto(f"/vote/{election.slug}/")
    tab.get_by_label("Voting code").fill(voting_token(election, entry))
    tab.get_by_label("Bela Birkenfeld").first.check()
    tab.get_by_label("No", exact=True).check()
    tab.get_by_role("button", name="Review my ballot").click()
    expect(tab.locator(".review-list")).to_contain_text("Bela Birkenfeld")
    assert not Envelope.objects.exists()
    tab.get_by_role("button", name="Cast my ballot").click()
    expect(tab.get_by_role("heading", name="Your ballot is in the box")).to_be_visible()
    election.refresh_from_db()
    assert election.plain_casts == 1
    assert clear_ballots(election, tmp_path)[0]["fees"] == ["no"]
    profile.close()


def test_board_about_and_result_pages(
    page: Page, election: Election, tmp_path: Path, assert_accessible, take_screenshots
) -> None:
    papers = [["ash", "birch"], ["ash", "cedar"], ["birch"], ["ash"], [], ["birch", "ash"]]
    ranks = [["oak", "elm"], ["oak"], ["elm", "yew"], ["fir"], ["oak", "fir"], []]
    for n, (entry, paper) in enumerate(zip(election.roll.entitled(), papers, strict=False)):
        sealed = world.envelope_for(
            election, "all",
            {"board": paper, "fees": ["no"] if n == 3 else ["yes"], "advisers": ranks[n]},
        )  # fmt: skip
        world.casting.cast_envelope(
            election=election, token=voting_token(election, entry), box="all",
            ciphertext=sealed, now=world.dates.now(),
        )  # fmt: skip
    for name in ("about", "board", "check", "roll"):
        page.goto(f"/vote/{election.slug}/{name}/")
        assert_accessible(page)
        take_screenshots(page, f"election-{name}")
    answer = page.goto(f"/vote/{election.slug}/result/")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("main")).to_contain_text("There is no result yet")
    closing.close_election(
        election=election, now=election.closes_at + timedelta(seconds=1), actor=world.SYSTEM
    )
    world.open_and_count(election, tmp_path, seed="4f2a")
    world.certify(election, on=world.dates.today())
    assert election.state == ElectionState.CERTIFIED
    page.goto(f"/vote/{election.slug}/result/")
    expect(page.locator("main")).to_contain_text("Elected: Ada Ashworth, Bela Birkenfeld")
    assert_accessible(page)
    take_screenshots(page, "election-result")
