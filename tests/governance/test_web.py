"""The public pages over HTTP: GET is inert, refusals are clear, nothing tells a choice early."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import translation

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import AuditEvent
from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery
from governance import mail, page
from governance.models import BoardEntry, Election, Envelope, RollEntry
from governance.secrets import voting_token
from governance.services import casting, corrections, mailing
from tests.governance import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def election(tmp_path: Path) -> Election:
    cache.clear()
    world.make_members(7)
    return world.opened(tmp_path, **world.now_open())


@pytest.fixture
def entry(election: Election) -> RollEntry:
    found = election.roll.entitled().first()
    assert found is not None
    return found


def post(client: Client, address: str, **body: object):
    return client.post(address, json.dumps(body), content_type="application/json")


def cast(client: Client, election: Election, entry: RollEntry, **more: object):
    sealed = world.envelope_for(election, entry.box, {"board": ["ash"], "fees": ["yes"]})
    body = {
        "token": voting_token(election, entry),
        "box": entry.box,
        "envelope": world.as_json(sealed),
    }
    return post(client, f"/vote/{election.slug}/cast", **(body | more))


def everything() -> dict[str, list]:
    """Every row of every table that matters, to see that nothing moved."""
    with connection.cursor() as cursor:
        tables = [
            name for name in connection.introspection.table_names(cursor)
            if name.startswith(("governance_", "delivery_", "core_audit"))
        ]  # fmt: skip
        rows = {}
        for name in tables:
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608
            rows[name] = sorted(map(repr, cursor.fetchall()))
    return rows


def test_a_scanner_that_opens_every_link_twice_changes_nothing(
    client: Client, election: Election, entry: RollEntry
) -> None:
    cast(client, election, entry)
    receipt = BoardEntry.objects.get().envelope
    before = everything()
    token = voting_token(election, entry)
    pages = ["", "about/", "board/", "board/?format=json", "check/", f"check/?receipt={receipt}",
             "roll/", "result/", "definition.json", f"?t={token}"]  # fmt: skip
    for _ in range(2):
        for name in pages:
            for ask in (client.get, client.head):
                assert ask(f"/vote/{election.slug}/{name}").status_code in (200, 404)
        for name in ("voter", "cast", "plain", "roll/check"):
            assert client.get(f"/vote/{election.slug}/{name}").status_code == 405
        for _n in range(2):
            answer = post(client, f"/vote/{election.slug}/voter", token=token)
            assert answer.json()["voted"] is True
    assert everything() == before


def test_the_ballot_page_is_the_same_for_all_and_names_its_scripts_by_hash(
    client: Client, election: Election
) -> None:
    first, second = (client.get(f"/vote/{election.slug}/") for _ in range(2))
    clean = [re.sub(rb'csrfmiddlewaretoken" value="\w+"', b"", r.content) for r in (first, second)]
    assert clean[0] == clean[1]
    text = first.content.decode()
    assert text.count('integrity="sha384-') == 3
    for name in page.SCRIPTS:
        assert page.integrity(name) in text
    policy = first["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    other = client.get(f"/vote/{election.slug}/about/")["Content-Security-Policy"]
    assert "wasm" not in other


def test_the_shipped_library_is_the_released_one() -> None:
    # libsodium.js 0.8.4 as published on npm (package integrity checked when it was added)
    assert page.integrity("governance/vendor/libsodium.js") == page_pin("libsodium.js")
    assert page.integrity("governance/vendor/libsodium-wrappers.js") == page_pin(
        "libsodium-wrappers.js"
    )


def page_pin(name: str) -> str:
    pins = (page.HERE / "static/governance/vendor/INTEGRITY").read_text().split()
    return pins[pins.index(name) + 1]


def test_casting_gives_a_receipt_and_queues_one_mail_without_content(
    client: Client, election: Election, entry: RollEntry
) -> None:
    answer = cast(client, election, entry)
    assert answer.status_code == 200
    assert set(answer.json()) == {"election", "envelope", "signature", "sequence", "head"}
    delivery = Delivery.objects.get()
    message = mail.KINDS["governance.receipt"].build(delivery, lambda purpose: "x")
    assert answer.json()["envelope"] in message.text
    assert answer.json()["signature"] in message.text
    assert not re.search(r"(?i)\b(ash|birch|cedar|yes)\b", message.text + message.subject)


@pytest.mark.parametrize(
    "change, status, code",
    [
        ({"token": "A" * 43}, 403, "unknown_link"),
        ({"token": "short"}, 403, "unknown_link"),
        ({"envelope": "***"}, 400, "wrong_length"),
        ({"envelope": "AAAA"}, 400, "wrong_length"),
        ({"box": "other"}, 400, "wrong_box"),
    ],
)
def test_refusals_have_a_code_and_leave_nothing(
    client: Client, election: Election, entry: RollEntry, change: dict, status: int, code: str
) -> None:
    answer = cast(client, election, entry, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Envelope.objects.exists()
    assert not Delivery.objects.exists()


def test_broken_requests_are_refused(client: Client, election: Election) -> None:
    address = f"/vote/{election.slug}/cast"
    for body in (b"", b"[]", b"{", b'{"token": 7}', b"x" * 70_000):
        answer = client.post(address, body, content_type="application/json")
        assert answer.status_code in (400, 403)
    assert client.get("/vote/no-such-election/").status_code == 404


def test_after_the_close_a_late_ballot_is_refused(
    client: Client, election: Election, entry: RollEntry, time_machine
) -> None:
    cast(client, election, entry)
    time_machine.move_to(election.closes_at)
    answer = cast(client, election, entry)
    assert (answer.status_code, answer.json()["code"]) == (409, "closed")
    assert Envelope.objects.count() == 1
    shown = post(client, f"/vote/{election.slug}/voter", token=voting_token(election, entry))
    assert shown.json()["open"] is False


def test_guessing_codes_is_slowed_down(client: Client, election: Election) -> None:
    address = f"/vote/{election.slug}/voter"
    codes = [post(client, address, token=f"{n:043d}").status_code for n in range(35)]
    assert codes[:30] == [403] * 30
    assert set(codes[30:]) == {429}


def test_the_roll_page_proves_the_own_entry(
    client: Client, election: Election, entry: RollEntry
) -> None:
    address = f"/vote/{election.slug}/roll/check"
    proof = post(client, address, token=voting_token(election, entry)).json()
    assert proof["leads"] is True
    assert proof["root"] == election.roll_root
    assert proof["entry"]["member"] == entry.organisation_id
    shown = client.post(address, {"code": f"http://x/#t={voting_token(election, entry)}"})
    assert "Your entry is part of the published roll" in shown.content.decode()
    assert client.post(address, {"code": "wrong"}).status_code == 400


CHOICES = re.compile(rb"(?i)ash|birch|\byes\b")


def test_before_close_no_choice_stands_anywhere(
    client: Client, tmp_path: Path, caplog, settings
) -> None:
    """Searches every table, every mail and every log line for what the voters chose."""
    cache.clear()
    world.make_members(6)
    drafted = world.draft(**world.now_open())
    drafted.contests.all().delete()
    names = tuple(f"Qz{n:04d}xw" for n in range(4))
    world.add_contest(drafted, "seat", "Seat", "plurality-at-large", names, 2)
    election = world.open_drafted(drafted, tmp_path)
    caplog.set_level(0)
    baseline = occurrences(names)
    for entry in election.roll.entitled():
        for paper in ([names[0].lower()], [names[1].lower(), names[2].lower()]):
            answer = cast(
                client, election, entry,
                envelope=world.as_json(world.envelope_for(election, entry.box, {"seat": paper})),
            )  # fmt: skip
            assert answer.status_code == 200
    mails = [mail.KINDS[d.kind].build(d, lambda purpose: "x") for d in Delivery.objects.all()]
    assert len(mails) == 12
    assert occurrences(names) == baseline
    seen = caplog.text + "".join(m.text + m.html + m.subject for m in mails)
    assert not any(name.lower() in seen.lower() for name in names)
    for name in ("about/", "board/", "board/?format=json", "check/"):
        body = client.get(f"/vote/{election.slug}/{name}").content.decode()
        on_paper = len(names) if name == "about/" else 0
        assert sum(body.count(one) for one in names) == on_paper
    assert client.get(f"/vote/{election.slug}/result/").status_code == 404
    assert client.get(f"/vote/{election.slug}/files/report.json").status_code == 404


def occurrences(names: tuple[str, ...]) -> int:
    """How often any name stands in the whole database: only on the paper, never in a ballot."""
    found = 0
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            for row in cursor.fetchall():
                text = b" ".join(
                    bytes(v) if isinstance(v, bytes | memoryview) else repr(v).encode() for v in row
                ).lower()
                found += sum(text.count(name.lower().encode()) for name in names)
    return found


def test_links_go_out_once_and_reminders_only_to_those_who_have_not_voted(
    client: Client, election: Election, entry: RollEntry
) -> None:
    assert mailing.send_links(election=election, actor=world.SYSTEM).queued == 7
    mailing.send_links(election=election, actor=world.SYSTEM)
    assert Delivery.objects.filter(kind="governance.ballot_link").count() == 7
    cast(client, election, entry)
    mailing.send_reminders(election=election, on=world.TODAY, actor=world.SYSTEM)
    mailing.send_reminders(election=election, on=world.TODAY, actor=world.SYSTEM)
    reminded = Delivery.objects.filter(kind="governance.reminder")
    assert reminded.count() == 6
    assert f"governance.rollentry:{entry.pk}" not in reminded.values_list("about", flat=True)


def test_the_link_in_the_mail_is_made_at_hand_off_and_a_preview_opens_nothing(
    client: Client, election: Election, entry: RollEntry
) -> None:
    mailing.send_links(election=election, actor=world.SYSTEM)
    delivery = Delivery.objects.get(about=f"governance.rollentry:{entry.pk}")
    kind = mail.KINDS["governance.ballot_link"]
    token = voting_token(election, entry)
    assert token not in kind.build(delivery, lambda purpose: "x").text
    delivery.state = DeliveryState.HANDING
    first, again = (kind.build(delivery, lambda purpose: "x") for _ in range(2))
    assert first.text == again.text
    assert f"/vote/{election.slug}/#t={token}" in first.text
    assert token in first.html
    with translation.override("en"):
        delivery.language = "de"
        assert kind.build(delivery, lambda purpose: "x").subject == (
            "Ihre Stimme: Vorstandswahl 2027"
        )
    stored = "".join(map(str, everything().values()))
    assert token not in stored


def test_bounced_links_are_listed_and_the_deputy_gets_a_fresh_one(
    client: Client, election: Election, entry: RollEntry
) -> None:
    from contacts.models import Contact, ContactAddress, RoleAssignment

    mailing.send_links(election=election, actor=world.SYSTEM)
    delivery = Delivery.objects.get(about=f"governance.rollentry:{entry.pk}")
    mailing.note_bounce(delivery, "delivered")
    assert not RollEntry.objects.unreachable().exists()
    mailing.note_bounce(delivery, "bounced")
    assert [e.pk for e in RollEntry.objects.unreachable()] == [entry.pk]
    old = voting_token(election, entry)
    deputy = Contact.objects.create(given_name="Second", family_name="Person")
    ContactAddress.objects.create(
        contact=deputy, address="deputy@member.example.org", valid_from=world.JOINED
    )
    holder = entry.organisation.duties.get()
    RoleAssignment.objects.create(
        organisation=entry.organisation, contact=deputy, role_type=holder.role_type, order=2,
        valid_from=world.JOINED,
    )  # fmt: skip
    first, second = (Actor.user(world.user(name)) for name in ("first", "second"))
    (proposed,) = corrections.propose_deputies(election=election, on=world.TODAY, actor=first)
    assert corrections.propose_deputies(election=election, on=world.TODAY, actor=first) == []
    corrections.decide_correction(correction=proposed, approve=True, on=world.TODAY, actor=second)
    assert Delivery.objects.filter(address="deputy@member.example.org").count() == 1
    entry.refresh_from_db()
    assert (entry.address, entry.unreachable) == ("deputy@member.example.org", "")
    assert post(client, f"/vote/{election.slug}/voter", token=old).status_code == 403
    fresh = voting_token(election, entry)
    assert post(client, f"/vote/{election.slug}/voter", token=fresh).status_code == 200


def test_a_paper_voter_has_no_link_and_a_link_voter_no_paper(
    client: Client, election: Election, entry: RollEntry
) -> None:
    first, second = (Actor.user(world.user(name)) for name in ("first", "second"))
    other = election.roll.entitled()[1]
    cast(client, election, other)
    from backoffice.core.errors import BadInput

    with pytest.raises(BadInput, match="voted by link"):
        corrections.propose_correction(
            election=election, organisation=other.organisation, kind="paper",
            reason="came to the meeting", actor=first,
        )  # fmt: skip
    proposed = corrections.propose_correction(
        election=election, organisation=entry.organisation, kind="paper",
        reason="came to the meeting", actor=first,
    )  # fmt: skip
    corrections.decide_correction(correction=proposed, approve=True, on=world.TODAY, actor=second)
    assert cast(client, election, entry).status_code == 403


def test_verify_election_finds_what_was_changed(election: Election, client, capsys) -> None:
    for entry in election.roll.entitled()[:3]:
        cast(client, election, entry)
    call_command("verify_election", election.slug)
    assert "FAULT" not in capsys.readouterr().out
    last = BoardEntry.objects.order_by("-sequence").first()
    BoardEntry.objects.filter(pk=last.pk).update(envelope="0" * 64)
    RollEntry.objects.filter(pk=entry.pk).update(included=False)
    with pytest.raises(CommandError) as failure:
        call_command("verify_election", str(election.pk))
    assert failure.value.returncode == 1
    shown = capsys.readouterr().out
    assert "FAULT board" in shown
    assert "FAULT roll" in shown
    assert "FAULT envelopes" in shown
    with pytest.raises(CommandError, match="no election"):
        call_command("verify_election", "nowhere")


def test_the_log_of_an_election_holds_acts_and_no_ballots(
    client: Client, election: Election, entry: RollEntry
) -> None:
    before = AuditEvent.objects.filter(stream=election.stream).count()
    cast(client, election, entry)
    assert AuditEvent.objects.filter(stream=election.stream).count() == before


def test_the_quorum_is_shown_live_without_any_content(client: Client, tmp_path: Path) -> None:
    world.make_members(8)
    draft = world.draft("quorum", **world.now_open())
    draft.contests.filter(code="fees").update(params={"quorum_share": "1/4"})
    found = world.open_drafted(draft, tmp_path)
    address = f"/vote/{found.slug}/about/"
    assert "not reached yet" in client.get(address).content.decode()
    entitled = list(found.roll.entitled())
    needed = -(-len(entitled) // 4)
    for entry in entitled[:needed]:
        token = voting_token(found, entry)
        sealed = world.envelope_for(found, entry.box, {"board": [], "fees": ["no"]})
        casting.cast_envelope(election=found, token=token, box=entry.box, ciphertext=sealed,
                              now=dates.now())  # fmt: skip
    page = client.get(address).content.decode()
    assert f"{needed} ballots needed" in page
    assert "not reached yet" not in page
