"""Access: everything declared as exported, nobody else's data, read by staff, behind a link."""

from __future__ import annotations

import json
from datetime import timedelta

import jsonschema
import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.models import AuditEvent
from backoffice.core.personal_data import MAP
from backoffice.core.services import documents
from backoffice.delivery.models import Delivery
from contacts.models import (
    FollowUp,
    HandOver,
    MembershipApplication,
    MemberType,
    RoleType,
)
from contacts.privacy.enums import CaseKind, CaseState, Outcome
from contacts.privacy.models import AccessExport
from contacts.privacy.services import cases, collecting, export
from contacts.privacy.services.others import Others
from contacts.services import people, records
from mailings.models import ConsentRecord, Subscription, Topic
from tests.factories import roll
from tests.privacy import world as cast

pytestmark = [pytest.mark.django_db, pytest.mark.database]
OLA, OLA_PHONE = "ola@quarry.example.org", "+49 511 555 0200"
FOREIGN = ("Ola", "Petersen", OLA, OLA_PHONE, "on leave", "Bauer", cast.BRAM, "Nils", "Novak",
           "nils@new.example.org")  # fmt: skip


@pytest.fixture
def world(settings, tmp_path):
    """Zoe's data, and beside each piece of it something of somebody else's that could leak."""
    settings.VAR_DIR = tmp_path
    made = cast.build()
    ola = roll.person(OLA, "Ola", "Petersen", phone=OLA_PHONE)
    roll.duty(made.quarry, ola, "technical")
    records.add_note(text="on leave in May", contact=ola, actor=roll.STAFF)
    records.add_note(text="Zoë Quist stands in for Ola Petersen (ola@quarry.example.org)",
                     organisation=made.quarry, actor=roll.STAFF)  # fmt: skip
    FollowUp.objects.create(title="Call", details="ask Zoe Quist about Bauer", contact=made.zoe)
    HandOver.objects.create(
        organisation=made.quarry, role_type=RoleType.objects.get(code="billing"),
        asked_contact=made.zoe, asked_on=roll.DAY, expires_on=roll.DAY, given_name="Nils",
        family_name="Novak", email="nils@new.example.org",
    )  # fmt: skip
    MembershipApplication.objects.create(
        organisation_name="Quarry", country="DE",
        member_type=MemberType.objects.get(code="direct_member"), signed_by="Nils Novak",
        contacts=[
            {"given_name": "Zoë", "family_name": "Quist", "email": cast.ZOE},
            {"given_name": "Ola", "family_name": "Petersen", "email": OLA},
        ],
    )  # fmt: skip
    people.rectify_contact(contact=made.zoe, fields={"given_name": "Zoe"}, actor=roll.STAFF)
    topic = Topic.objects.create(code="news", name="News", mail_class="community")
    for contact, address in ((made.zoe, cast.ZOE), (ola, OLA)):
        row = Subscription.objects.create(
            topic=topic, contact=contact, address=address, state="active",
            requested_at=timezone.now(), confirmed_at=timezone.now(),
        )  # fmt: skip
        ConsentRecord.objects.create(subscription=row, act="confirmed", at=timezone.now(),
                                     wording_version=1, wording="I want news", source="form",
                                     actor="link", network_address="192.0.2.7")  # fmt: skip
    return made


@pytest.fixture
def asked(world):
    return cast.asked(CaseKind.ACCESS)


def released(case, **decisions):
    if case.identity_confirmed_at is None:
        cases.identity_seen(case=case, actor=roll.STAFF)
    draft = export.draft_export(case)
    return export.release_export(case=case, seen=draft.digest, decisions=decisions,
                                 on=roll.DAY, actor=roll.STAFF)  # fmt: skip


def fetched(case, which: str = "data", on=roll.DAY):
    return export.fetch_export(token=export.export_token(case), which=which, on=on,
                               actor=Actor.link("export"))  # fmt: skip


def test_the_export_holds_the_person_and_nobody_else(asked) -> None:
    data = export.build_export(asked, on=roll.DAY)
    jsonschema.validate(data, export.SCHEMA)
    for text in (json.dumps(data, ensure_ascii=False), export.export_page(data, "en-gb")):
        for own in ("Zoe", "Quist", cast.ZOE, cast.PHONE, "prefers calls", "192.0.2.7",
                    "I want news", "Quarry University", "Zoë"):  # fmt: skip
            assert own in text, own
        for foreign in FOREIGN:
            assert foreign not in text, foreign


def test_every_exported_field_of_the_person_appears(asked, world) -> None:
    """Each field that is declared as exported and filled in on the person's own row."""
    draft = export.draft_export(asked)
    shown = {record.key: record.values for record in draft.records}
    for label in ("contacts.contact", "contacts.contactaddress", "privacy.privacycase"):
        for name, item in MAP.get(label).personal.items():
            rows = [(key, values) for key, values in shown.items() if key.startswith(label + ":")]
            for key, values in rows:
                from django.apps import apps

                row = apps.get_model(label).objects.get(pk=key.rpartition(":")[2])
                field = str(row._meta.get_field(name).verbose_name)
                if item.exported and getattr(row, name):
                    assert field in values, (label, name)
    titles = {part["title"] for part in export.build_export(asked, on=roll.DAY)["sections"]}
    assert titles == {"Your duties", "What stood there before", "Subscriptions and consent",
                      "Messages to you"}  # fmt: skip


def test_what_names_others_is_flagged_and_blacked_out(asked) -> None:
    draft = export.draft_export(asked)
    flagged = [record for record in draft.records if record.others]
    assert {record.key.partition(":")[0] for record in flagged} == {
        "contacts.note", "contacts.followup",
    }  # fmt: skip
    note = next(record for record in flagged if record.key.startswith("contacts.note"))
    text = draft.others.black_out(note.values[note.others[0]])
    assert text == "Zoë Quist stands in for […] […] ([…])"


def test_staff_decide_record_by_record(asked) -> None:
    draft = export.draft_export(asked)
    note = next(r for r in draft.records if r.others and r.key.startswith("contacts.note"))
    kept = export.build_export(asked, on=roll.DAY, decisions={note.key: collecting.WITHHOLD})
    assert kept["withheld"] == 1
    assert "stands in" not in json.dumps(kept)
    shown = export.build_export(asked, on=roll.DAY, decisions={note.key: collecting.AS_IS})
    assert "Petersen" in json.dumps(shown)


def test_secrets_are_never_handed_out() -> None:
    for label, name in (("mfa.authenticator", "data"), ("sessions.session", "session_data"),
                        ("usersessions.usersession", "data"), ("socialaccount.socialtoken", "token"),
                        ("socialaccount.socialtoken", "token_secret")):  # fmt: skip
        assert not MAP.get(label).personal[name].exported


def test_no_export_without_identity_or_unread(asked) -> None:
    draft = export.draft_export(asked)
    wanted = {"case": asked, "on": roll.DAY, "actor": roll.STAFF, "decisions": {}}
    with pytest.raises(RuleBroken, match="identity"):
        export.release_export(seen=draft.digest, **wanted)
    cases.identity_seen(case=asked, actor=roll.STAFF)
    with pytest.raises(RuleBroken, match="changed"):
        export.release_export(seen="0" * 64, **wanted)
    with pytest.raises(BadInput):
        export.release_export(seen=draft.digest, **(wanted | {"decisions": {"x": "as_is"}}))
    records.add_note(text="a new one", contact=asked.contact, actor=roll.STAFF)
    with pytest.raises(RuleBroken, match="changed"):
        export.release_export(seen=draft.digest, **wanted)
    assert not AccessExport.objects.exists()


def test_behind_its_link_until_it_expires(asked, client) -> None:
    released(asked)
    assert (asked.state, asked.outcome) == (CaseState.ANSWERED, Outcome.GRANTED)
    assert Delivery.objects.get(kind="privacy.export").address == cast.ZOE
    url = f"/p/export/{export.export_token(asked)}/"
    for _turn in range(3):
        assert b"Quist" not in client.get(url).content
    assert AccessExport.objects.get().fetched == 0
    data = json.loads(documents.read_bytes(fetched(asked)))
    jsonschema.validate(data, export.SCHEMA)
    assert b"What we hold" in documents.read_bytes(fetched(asked, "page"))
    assert AccessExport.objects.get().fetched == 2
    assert [e.facts["which"] for e in AuditEvent.objects.filter(action="export_fetched")] in (
        [["data", "page"]], ["data", "page"], ["page", "data"],
    )  # fmt: skip
    assert fetched(asked, on=roll.DAY + timedelta(days=14)) is not None
    assert fetched(asked, on=roll.DAY + timedelta(days=15)) is None
    unknown = export.fetch_export(token="x" * 22, which="data", on=roll.DAY,
                                  actor=Actor.link("export"))  # fmt: skip
    assert unknown is None
    assert client.get("/p/export/" + "x" * 22 + "/").status_code == 404


def test_the_download_page_gives_both_files(asked, client) -> None:
    cases.identity_seen(case=asked, actor=roll.STAFF)
    export.release_export(case=asked, seen=export.draft_export(asked).digest, decisions={},
                          on=dates.today(), actor=roll.STAFF)  # fmt: skip
    url = f"/p/export/{export.export_token(asked)}/"
    answer = client.post(url, {"which": "page"})
    assert "attachment" in answer["Content-Disposition"]
    assert b"Quist" in answer.content
    assert json.loads(client.post(url, {"which": "data"}).content)["reference"] == asked.reference


def test_the_page_speaks_the_persons_language(asked) -> None:
    asked.language = "de"
    page = export.export_page(export.build_export(asked, on=roll.DAY), "de")
    for text in ("Was wir über Sie gespeichert haben", "Ihre Aufgaben", "Mitgliederverwaltung",
                 "Auskunft (Art. 15 DSGVO)"):  # fmt: skip
        assert text in page


def test_a_bare_address_gets_what_is_held_under_it(world) -> None:
    Delivery.objects.create(dedupe_key="x", kind="k", mail_class="community", lane="bulk",
                            address="reader@home.example", state="sent",
                            message_id="<a@b>")  # fmt: skip
    case = cast.asked(CaseKind.ACCESS, "reader@home.example")
    text = json.dumps(export.build_export(case, on=roll.DAY), ensure_ascii=False)
    assert "reader@home.example" in text
    for foreign in (*FOREIGN, cast.ZOE, "Quist"):
        assert foreign not in text


def test_the_review_page(asked, client, settings, world) -> None:
    settings.ROLLCALL_DEMO = True
    url = reverse("admin:privacy_export_review", args=[asked.pk])
    client.force_login(world.officer)
    assert client.get(url).status_code == 404
    cases.identity_seen(case=asked, actor=roll.STAFF)
    page = client.get(url).content.decode()
    assert "names somebody else" in page
    draft = export.draft_export(asked)
    client.post(url, {"seen": "0" * 64})
    assert not AccessExport.objects.exists()
    note = next(r for r in draft.records if r.others and r.key.startswith("contacts.note"))
    client.post(url, {"seen": draft.digest, note.key: "withhold"})
    asked.refresh_from_db()
    assert (asked.state, asked.outcome) == (CaseState.ANSWERED, Outcome.PARTIAL)
    client.force_login(roll.staff("auditor"))
    assert client.get(url).status_code == 403


def test_models_that_were_filled_are_there(world) -> None:
    """The traps of this file are set."""
    assert HandOver.objects.count() == MembershipApplication.objects.count() == 1
    assert Others(cast.subject(world.zoe)).in_value("Ola Petersen")
