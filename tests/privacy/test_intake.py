"""Mail to the privacy address: what becomes a case, what waits for a person, what a forger gets."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.delivery.models import Delivery, InboundMail
from backoffice.delivery.services import is_suppressed
from backoffice.delivery.services.building import build
from backoffice.delivery.services.inbound import receive_mail, sort_mail
from contacts.enums import ContactKind
from contacts.models import Contact, FollowUp
from contacts.privacy.enums import CaseKind, CaseState, Outcome
from contacts.privacy.mail_text import words_of_mail
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services import cases, organisation_path, planning, triage
from contacts.services.records import finish_follow_up
from tests.factories import roll
from tests.privacy import world as cast

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DESK = "privacy@mail.rollcall.example"


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return cast.build()


def written(text: str, *, sender: str = cast.ZOE, subject: str = "My data", **headers) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, DESK, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def arrives(text: str, **kwargs) -> InboundMail:
    mail = receive_mail(raw=written(text, **kwargs), recipient=DESK)
    sort_mail(mail=mail, at=dates.now())
    return mail


def acknowledged() -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(kind="privacy.acknowledgement").order_by("pk")
    return list(rows.values_list("address", "language"))


def test_a_clear_mail_becomes_a_case_and_nothing_is_deleted(world) -> None:
    mail = arrives("Bitte löschen Sie alle meine Daten.")
    case = PrivacyCase.objects.get()
    assert (mail.taken_by, case.kind, case.channel, case.state) == (
        "privacy", CaseKind.REMOVAL, "mail", CaseState.RECEIVED,
    )  # fmt: skip
    assert (case.contact, case.language, case.received_on) == (
        world.zoe, "de", dates.today(),
    )  # fmt: skip
    assert acknowledged() == [(cast.ZOE, "de")]
    world.zoe.refresh_from_db()
    assert world.zoe.given_name == "Zoë"
    assert is_suppressed(cast.ZOE, mail_class="community") == "optional"
    assert not is_suppressed(cast.ZOE, mail_class="contract")
    # The same bytes once more are the same mail.
    arrives("Bitte löschen Sie alle meine Daten.")
    assert PrivacyCase.objects.count() == 1


def test_a_forged_sender_verifies_nothing(world) -> None:
    """Anybody can write a From: the case opens, and stands still until the link was opened."""
    arrives("Delete all my data.", sender=f"Zoe Quist <{cast.ZOE}>", Reply_To="eve@evil.example")
    case = PrivacyCase.objects.get()
    assert {address for address, _language in acknowledged()} == {cast.ZOE}
    with pytest.raises(RuleBroken, match="signed link"):
        cases.review_without_link(case=case, actor=world.acting)
    with pytest.raises(InvalidTransition):
        planning.plan_case(case=case, on=roll.DAY, actor=world.acting)
    arrives(f"I confirm {case.reference}, yes.", subject=f"Re: {case.reference}")
    case.refresh_from_db()
    assert (case.state, case.identity_confirmed_at) == (CaseState.RECEIVED, None)
    cases.ask_identity(case=case, on=roll.DAY, actor=world.acting)
    assert Delivery.objects.get(kind="privacy.identity").address == cast.ZOE
    assert cases.confirm_identity(token="x" * 22, actor=Actor.link("confirm")) is None


def test_known_and_unknown_senders_get_the_same_answer(world) -> None:
    arrives("Delete all my data.")
    arrives("Delete all my data.", sender="nobody@nowhere.example")
    known, unknown = PrivacyCase.objects.order_by("pk")
    assert (known.kind, known.state, known.due_on) == (unknown.kind, unknown.state, unknown.due_on)
    assert acknowledged() == [(cast.ZOE, "en-gb"), ("nobody@nowhere.example", "en-gb")]
    assert unknown.contact is None


def test_two_requests_of_one_person_merge_whatever_address_they_come_from(world) -> None:
    world.zoe.addresses.create(address="zoe@home.example", primary=False, valid_from=roll.SINCE)
    arrives("Delete all my data.")
    arrives("Erase everything about me, please!", sender="zoe@home.example")
    case = PrivacyCase.objects.get()
    assert "Erase everything" in case.raw_text
    assert "Delete all my data" in case.raw_text
    assert [address for address, _language in acknowledged()] == [cast.ZOE, "zoe@home.example"]
    assert is_suppressed("zoe@home.example", mail_class="community") == "optional"
    # A third one on the same day is not acknowledged once more.
    arrives("Delete my data now!", sender="zoe@home.example", subject="again")
    assert len(acknowledged()) == 2


def test_a_reply_joins_its_case_only_from_the_address_of_the_case(world) -> None:
    arrives("Delete all my data.")
    case = PrivacyCase.objects.get()
    arrives("By the way: I moved.", subject=f"AW: {case.reference}")
    case.refresh_from_db()
    assert "I moved" in case.raw_text
    assert case.unread_since is not None
    triage.note_read(case=case, actor=world.acting)
    assert case.unread_since is None
    arrives("Tell me all.", subject=f"AW: {case.reference}", sender="eve@evil.example")
    case.refresh_from_db()
    assert "Tell me all" not in case.raw_text
    assert PrivacyCase.objects.filter(kind=CaseKind.UNCLEAR).count() == 1


@pytest.mark.parametrize("headers", [
    {"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<x.example>"},
    {"sender": DESK}, {"sender": "no address"},
])  # fmt: skip
def test_programs_and_ourselves_are_never_answered(world, headers) -> None:
    mail = arrives("Delete all my data.", **headers)
    assert mail.taken_by == ""
    assert not PrivacyCase.objects.exists()
    assert acknowledged() == []


def test_negations_wait_for_a_person_and_stop_nothing(world) -> None:
    arrives("Please do not delete my data!")
    case = PrivacyCase.objects.get()
    assert (case.kind, case.suggested) == (CaseKind.UNCLEAR, [])
    assert not is_suppressed(cast.ZOE, mail_class="community")
    assert list(triage.waiting_for_triage()) == [case]
    with pytest.raises(RuleBroken, match="what the person asks"):
        cases.review_without_link(case=case, actor=world.acting)


def test_triage_files_a_mail_under_every_right_it_asks_for(world) -> None:
    arrives("Send me a copy of my data. Then delete my data.")
    case = PrivacyCase.objects.get()
    assert case.suggested == [CaseKind.REMOVAL, CaseKind.ACCESS]
    # Optional mail has stopped already.
    assert is_suppressed(cast.ZOE, mail_class="community") == "optional"
    with pytest.raises(BadInput):
        triage.file_case(case=case, kinds=[], actor=world.acting)
    filed = triage.file_case(case=case, kinds=["removal", "access"], actor=world.acting)
    assert [one.kind for one in filed] == [CaseKind.REMOVAL, CaseKind.ACCESS]
    assert len({one.received_on for one in filed}) == 1
    with pytest.raises(InvalidTransition):
        triage.file_case(case=case, kinds=["objection"], actor=world.acting)


def test_triage_merges_with_a_case_that_is_open_already(world) -> None:
    first = cast.asked()
    arrives("Remove.")
    case = PrivacyCase.objects.exclude(pk=first.pk).get()
    assert triage.file_case(case=case, kinds=["removal"], actor=world.acting) == [first]
    case.refresh_from_db()
    assert (case.state, case.outcome, case.merged_into, case.raw_text) == (
        CaseState.CLOSED, Outcome.MERGED, first, "",
    )  # fmt: skip


def test_what_asks_for_nothing_is_closed_without_an_answer(world) -> None:
    arrives("Buy our tyres.", sender="sales@tyres.example")
    case = PrivacyCase.objects.get()
    before = Delivery.objects.count()
    triage.dismiss_case(case=case, actor=world.acting)
    assert (case.outcome, case.raw_text) == (Outcome.NO_REQUEST, "")
    assert Delivery.objects.count() == before


def test_a_colleague_who_left_takes_the_way_of_the_organisation(world) -> None:
    arrives("Frau Quist arbeitet nicht mehr bei uns.", sender=cast.BRAM)
    case = PrivacyCase.objects.get()
    assert case.kind == CaseKind.COLLEAGUE
    with pytest.raises(RuleBroken, match="no identity"):
        cases.ask_identity(case=case, on=roll.DAY, actor=world.acting)
    organisation_path.hand_to_organisation(case=case, on=dates.today(), actor=world.acting)
    task = FollowUp.objects.get(code="privacy_hand_over")
    assert (task.organisation, task.due_on) == (
        world.felsen, dates.today() + timedelta(days=14),
    )  # fmt: skip
    with pytest.raises(RuleBroken, match="handed over"):
        organisation_path.finish_organisation_path(case=case, actor=world.acting)
    finish_follow_up(task=task, actor=roll.STAFF)
    organisation_path.finish_organisation_path(case=case, actor=world.acting)
    assert (case.state, case.outcome) == (CaseState.ANSWERED, Outcome.HANDED_OVER)
    assert Contact.objects.living().count() == 2


def test_a_role_mailbox_is_not_removed_but_handed_over(world) -> None:
    box = roll.person("office@felsen.example.org", kind=ContactKind.MAILBOX)
    roll.duty(world.felsen, box, "billing")
    arrives("Please delete all my data.", sender="office@felsen.example.org")
    case = PrivacyCase.objects.get()
    with pytest.raises(RuleBroken, match="role mailbox"):
        cases.ask_identity(case=case, on=roll.DAY, actor=world.acting)
    organisation_path.hand_to_organisation(case=case, on=dates.today(), actor=world.acting)
    assert Delivery.objects.filter(kind="privacy.organisation").count() == 1
    assert organisation_path.looks_shared("Office@felsen.example.org".lower())
    assert not organisation_path.looks_shared(cast.ZOE)


def test_a_stranger_has_no_organisation_to_ask(world) -> None:
    arrives("My colleague has left us.", sender="nobody@nowhere.example")
    with pytest.raises(RuleBroken, match="no duty"):
        organisation_path.hand_to_organisation(
            case=PrivacyCase.objects.get(), on=dates.today(), actor=world.acting
        )


def test_only_own_words_are_read() -> None:
    quoted = "Thanks.\n\nOn Mon, 3 Nov 2025 at 10:00, Desk wrote:\n> Delete all my data\n"
    assert words_of_mail(written(quoted)) == "Thanks."
    assert words_of_mail(written("Hello\n> delete my data\nBye\n-- \nDelete GmbH")) == "Hello\nBye"
    html = EmailMessage()
    html["From"] = cast.ZOE
    html.set_content(
        "<style>p{}</style><p>L&ouml;schen</p><blockquote>no</blockquote>", subtype="html"
    )
    assert words_of_mail(html.as_bytes()) == "Löschen"


@pytest.mark.parametrize("raw", [
    b"", b"\xff\xfe\x00", b"From: a@b.example\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nDelete",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts",
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
])  # fmt: skip
def test_odd_mail_is_survived(raw: bytes) -> None:
    assert isinstance(words_of_mail(raw), str)


def test_two_such_desks_do_not_write_to_each_other_for_ever(world) -> None:
    arrives("Please delete all my data.")
    (answer,) = Delivery.objects.filter(kind="privacy.acknowledgement")
    ready = build(answer, None, now=dates.now())
    assert message_from_bytes(ready.content)["Auto-Submitted"] == "auto-replied"
    # What ours wrote arrives at such a desk: that one writes nothing.
    mail = receive_mail(raw=ready.content, recipient=DESK)
    sort_mail(mail=mail, at=dates.now())
    assert mail.automatic
    assert len(acknowledged()) == 1
