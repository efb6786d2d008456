"""From the call to the ballot: own and foreign nominations, answers, support, slate, pictures."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from backoffice.core.errors import BadInput, InvalidTransition, NotAllowed, RuleBroken
from backoffice.core.services.documents import read_bytes
from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery
from contacts.models import Contact
from governance import mail
from governance.enums import NominationOrigin, NominationState
from governance.models import Body, Contest, Nomination, Supporter
from governance.photos import SIDE, passport_photo
from governance.services import nominations, proposals, slate, support
from governance.services.definition import build_definition
from tests.governance import world

pytestmark = pytest.mark.django_db
LAST = date(2027, 2, 1)
DAY = date(2027, 1, 20)


@pytest.fixture
def contest() -> Contest:
    world.make_members(13)
    found = world.draft(nominations_until=LAST).contests.get(code="board")
    found.options.all().delete()
    return found


def member(number: int):
    return world.Organisation.objects.order_by("pk")[number]


def person(number: int) -> Contact:
    return member(number).duties.get().contact


def put_up(contest: Contest, number: int, origin: str = NominationOrigin.SLATE) -> Nomination:
    return Nomination.objects.create(
        contest=contest, contact=person(number), organisation=member(number), origin=origin,
        received_on=DAY, statement="Open metadata.",
    )  # fmt: skip


def signed_in(number: int, name: str = "candidate") -> Client:
    contact = person(number)
    contact.user = world.user(name)
    contact.save()
    client = Client()
    client.force_login(contact.user)
    return client


def picture(colour: str = "navy", size=(900, 600), form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", size, colour)
    exif = image.getexif()
    exif[0x9286] = "a place nobody needs to know"
    image.save(out, form, exif=exif)
    return out.getvalue()


def test_a_contact_stands_with_a_picture_until_the_last_day(contest: Contest, time_machine) -> None:
    body = {
        "contest": contest.pk, "organisation": member(0).pk, "statement": "Open metadata.",
        "photo": SimpleUploadedFile("me.jpg", picture()),
    }  # fmt: skip
    time_machine.move_to(datetime(2027, 2, 1, 20, tzinfo=UTC))
    client = signed_in(0)
    assert "Board election 2027" in client.get("/vote/my/stand/").content.decode()
    foreign = client.post("/vote/my/stand/", body | {"organisation": member(1).pk})
    assert "Open metadata." in foreign.content.decode(), "what was typed is not lost"
    assert not Nomination.objects.exists()
    body["photo"].seek(0)
    assert client.post("/vote/my/stand/", body).status_code == 302
    nomination = Nomination.objects.get()
    assert (nomination.state, nomination.origin) == ("accepted", "self")
    kept = Image.open(io.BytesIO(read_bytes(nomination.photo)))
    assert (kept.size, kept.format, len(kept.getexif())) == ((SIDE, SIDE), "JPEG", 0)
    body["photo"].seek(0)
    again = client.post("/vote/my/stand/", body)
    assert "This person is nominated already." in again.content.decode()
    time_machine.move_to(datetime(2027, 2, 2, 1, tzinfo=UTC))
    assert "No call for nominations is open" in client.get("/vote/my/stand/").content.decode()
    body["photo"].seek(0)
    assert client.post("/vote/my/stand/", body).status_code == 200
    assert Nomination.objects.count() == 1


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg/>", b"\xff\xd8\xff garbage"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="no picture"):
        passport_photo(content)


def test_a_picture_too_large_to_unpack_is_refused_by_its_header() -> None:
    with pytest.raises(BadInput, match="too large"):
        passport_photo(picture(size=(10_000, 6_000), form="PNG"))


def propose(contest: Contest, address: str = "new@elsewhere.example.org", **more) -> Nomination:
    fields = {"given_name": "Noor", "family_name": "Okafor"} | more
    return proposals.propose_candidate(
        contest=contest, organisation=member(1), address=address, proposer=person(0), on=DAY,
        actor=world.SYSTEM, **fields,
    )  # fmt: skip


def link_in_the_mail() -> str:
    """The path of the candidate's link as it leaves; a preview has one that opens nothing."""
    delivery = Delivery.objects.get(kind="governance.candidate_asked")
    preview = mail.KINDS[delivery.kind].build(delivery, lambda purpose: "x").text
    assert "/0000000000000000000000/" in preview
    delivery.state = DeliveryState.HANDING
    text = mail.KINDS[delivery.kind].build(delivery, lambda purpose: "x").text
    return (
        next(line for line in text.splitlines() if "/candidature/" in line).partition(
            ".org" if ".org" in text else "8000"
        )[2]
        or "/vote" + text.partition("/vote")[2].split()[0]
    )


def test_a_proposed_stranger_says_yes_by_the_link_and_becomes_a_contact(
    contest: Contest, time_machine
) -> None:
    time_machine.move_to(datetime(2027, 1, 21, tzinfo=UTC))
    nomination = propose(contest)
    assert nomination.contact is None
    path = "/vote" + link_in_the_mail().partition("/vote")[2]
    client = Client()
    for _ in range(2):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    nomination.refresh_from_db()
    assert nomination.state == NominationState.PROPOSED, "opening the link changes nothing"
    assert client.get(path[:-2] + "x/").status_code == 404
    bad = {"statement": "I stand.", "accept": "1", "photo": SimpleUploadedFile("x.jpg", b"no")}
    refused = client.post(path, bad)
    assert refused.status_code == 400
    assert "cannot be read" in refused.content.decode()
    assert client.post(path, {"statement": "I stand.", "accept": "1"}).status_code == 302
    nomination.refresh_from_db()
    assert nomination.state == NominationState.ACCEPTED
    assert (nomination.contact.full_name, nomination.address) == ("Noor Okafor", "")
    assert nomination.contact.source == "nomination"
    assert client.post(path, {"statement": "I stand firmly."}).status_code == 302
    nomination.refresh_from_db()
    assert nomination.statement == "I stand firmly."
    time_machine.move_to(datetime(2027, 2, 3, tzinfo=UTC))
    assert "is over" in client.get(path).content.decode()
    client.post(path, {"statement": "Too late."})
    nomination.refresh_from_db()
    assert nomination.statement == "I stand firmly."


def test_a_no_drops_name_and_address_and_makes_no_contact(contest: Contest, time_machine) -> None:
    time_machine.move_to(datetime(2027, 1, 21, tzinfo=UTC))
    nomination = propose(contest)
    path = "/vote" + link_in_the_mail().partition("/vote")[2]
    before = Contact.objects.count()
    Client().post(path, {"decline": "1"})
    nomination.refresh_from_db()
    assert nomination.state == NominationState.DECLINED
    assert (nomination.given_name, nomination.family_name, nomination.address) == ("", "", "")
    assert Contact.objects.count() == before
    assert not any(
        "Okafor" in str(version.__dict__) for version in Nomination.history.filter(id=nomination.pk)
    )


def test_one_person_is_proposed_once_and_nobody_mails_a_crowd(contest: Contest) -> None:
    first = propose(contest, "voter@x.example.org")
    with pytest.raises(BadInput, match="already"):
        propose(contest, "Voter@X.example.org")
    known = person(2).addresses.get().address
    assert propose(contest, known).contact == person(2)
    with pytest.raises(BadInput, match="already"):
        propose(contest, known)
    for number in range(8):
        propose(contest, f"p{number}@x.example.org")
    with pytest.raises(RuleBroken, match="At most 10"):
        propose(contest, "p9@x.example.org")
    assert Delivery.objects.filter(kind="governance.candidate_asked").count() == 10
    with pytest.raises(RuleBroken, match="closed"):
        proposals.propose_candidate(
            contest=contest, organisation=member(1), given_name="", family_name="",
            address="late@x.example.org", proposer=person(3), on=LAST + timedelta(days=1),
            actor=world.SYSTEM,
        )  # fmt: skip
    assert first.contest.nominations.count() == 10


def test_accepted_candidates_go_on_the_ballot(contest: Contest) -> None:
    for number in range(3):
        nomination = put_up(contest, number)
        proposals.accept_nomination(nomination=nomination, on=DAY, actor=world.SYSTEM)
        slate.list_nomination(nomination=nomination, on=DAY, actor=world.SYSTEM)
    assert [o.statement for o in contest.options.all()] == ["Open metadata."] * 3
    assert len(set(contest.options.values_list("code", flat=True))) == 3


def test_a_slate_that_does_not_exceed_the_seats_cannot_be_fixed(contest: Contest) -> None:
    Body.objects.filter(code="board").update(slate_exceeds_seats=True)
    election = contest.election
    election.refresh_from_db()
    election.body.refresh_from_db()
    for number in range(2):
        nomination = put_up(contest, number)
        proposals.accept_nomination(nomination=nomination, on=DAY, actor=world.SYSTEM)
        slate.list_nomination(nomination=nomination, on=DAY, actor=world.SYSTEM)
    with pytest.raises(BadInput, match="lists 2 candidates of the committee for 2 seats"):
        build_definition(election)
    third = put_up(contest, 2)
    proposals.accept_nomination(nomination=third, on=DAY, actor=world.SYSTEM)
    slate.list_nomination(nomination=third, on=DAY, actor=world.SYSTEM)
    assert len(build_definition(election)["contests"][0]["options"]) == 3


def test_an_independent_candidate_gathers_ten_supporters(contest: Contest, time_machine) -> None:
    time_machine.move_to(datetime(2027, 1, 25, tzinfo=UTC))
    nomination = nominations.nominate(
        contest=contest, organisation=member(0), contact=person(0), statement="Free.", on=DAY,
        independent=True, actor=world.SYSTEM,
    )  # fmt: skip
    for number in range(1, 10):
        Supporter.objects.create(nomination=nomination, organisation=member(number))
    with pytest.raises(RuleBroken, match="there are 9"):
        slate.list_nomination(nomination=nomination, on=DAY, actor=world.SYSTEM)
    client = signed_in(10, "supporter")
    assert "9 members support" in client.get("/vote/my/stand/").content.decode()
    address = f"/vote/my/support/{nomination.pk}"
    assert client.get(address).status_code == 405
    assert client.post(address, {"organisation": member(11).pk}).status_code == 404
    for _ in range(2):
        assert client.post(address, {"organisation": member(10).pk}).status_code == 302
    assert nomination.supporters.count() == 10
    assert nomination.supporters.get(organisation=member(10)).supported_on == date(2027, 1, 25)
    slate.list_nomination(nomination=nomination, on=DAY, actor=world.SYSTEM)
    with pytest.raises(InvalidTransition, match="cannot become"):
        proposals.decline_nomination(nomination=nomination, actor=world.SYSTEM)


def test_only_the_voting_contact_supports_and_only_independents(contest: Contest) -> None:
    own = nominations.nominate(
        contest=contest, organisation=member(0), contact=person(0), statement="", on=DAY,
        actor=world.SYSTEM,
    )  # fmt: skip
    with pytest.raises(RuleBroken, match="Only an independent"):
        support.support_nomination(nomination=own, organisation=member(1), contact=person(1),
                                       on=DAY, actor=world.SYSTEM)  # fmt: skip
    Nomination.objects.update(origin=NominationOrigin.INDEPENDENT)
    own.refresh_from_db()
    with pytest.raises(NotAllowed):
        support.support_nomination(nomination=own, organisation=member(2), contact=person(1),
                                       on=DAY, actor=world.SYSTEM)  # fmt: skip
    with pytest.raises(RuleBroken, match="other members"):
        support.support_nomination(nomination=own, organisation=member(0), contact=person(0),
                                       on=DAY, actor=world.SYSTEM)  # fmt: skip
    assert not Supporter.objects.exists()


def test_a_refused_or_withdrawn_candidate_stays_off_with_the_reason(contest: Contest) -> None:
    refused, gone = put_up(contest, 0), put_up(contest, 1)
    slate.refuse_nomination(nomination=refused, reason="belongs to no member", actor=world.SYSTEM)
    assert (refused.state, refused.reason) == ("refused", "belongs to no member")
    proposals.accept_nomination(nomination=gone, on=DAY, actor=world.SYSTEM)
    slate.list_nomination(nomination=gone, on=DAY, actor=world.SYSTEM)
    nominations.withdraw_nomination(nomination=gone, reason="new position", actor=world.SYSTEM)
    assert not contest.options.exists()


def test_pictures_and_statements_are_shown_alike_and_bound_by_the_definition(
    contest: Contest, tmp_path, client: Client
) -> None:
    shown = nominations.store_photo(picture())
    for number, photo in ((0, shown), (1, None)):
        nomination = put_up(contest, number)
        proposals.accept_nomination(nomination=nomination, photo=photo, on=DAY, actor=world.SYSTEM)
        slate.list_nomination(nomination=nomination, on=DAY, actor=world.SYSTEM)
    election = world.open_drafted(contest.election, tmp_path)
    options = election.definition["contests"][0]["options"]
    assert options[0]["photo"] == shown.sha256
    assert len(options[0]["statement"]) == 64
    page = client.get(f"/vote/{election.slug}/").content.decode()
    assert page.count('class="face"') == 1
    assert page.count('class="face none"') == 1, "a frame of the same size for everybody"
    code = options[0]["id"]
    answer = client.get(f"/vote/{election.slug}/photo/board/{code}.jpg")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert (
        client.get(f"/vote/{election.slug}/photo/board/{options[1]['id']}.jpg").status_code == 404
    )
    from governance.services.verification import verify_election

    assert all(check.ok for check in verify_election(election))
    contest.options.filter(code=code).update(statement="Changed afterwards.")
    assert [c.name for c in verify_election(election) if not c.ok] == ["paper"]
