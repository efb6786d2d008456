"""Access: everything declared as exported, nobody else's data."""

import json

import jsonschema
import pytest

from backoffice.core.actor import Actor
from backoffice.core.errors import RuleBroken
from contacts.privacy.enums import CaseKind, Channel
from contacts.privacy.services import cases, export, opening
from contacts.services import records
from tests.factories import roll

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked():
    roll.agency()
    one = roll.member("Quarry University")
    zoe = roll.person("zoe@quarry.example.org", "Zoe", "Quist", phone="+49 511 555 0199")
    ola = roll.person("ola@quarry.example.org", "Ola", "Petersen", phone="+49 511 555 0200")
    roll.duty(one, zoe, "billing")
    roll.duty(one, ola, "voting")
    records.add_note(text="prefers calls", contact=zoe, actor=roll.STAFF)
    records.add_note(text="on leave in May", contact=ola, actor=roll.STAFF)
    return opening.open_case(kind=CaseKind.ACCESS, channel=Channel.FORM,
                           address="zoe@quarry.example.org", received_on=roll.DAY,
                           actor=Actor.link("form"))  # fmt: skip


def test_the_export_holds_the_person_and_nobody_else(asked) -> None:
    data = export.build_export(asked, on=roll.DAY)
    jsonschema.validate(data, export.SCHEMA)
    text = json.dumps(data, ensure_ascii=False)
    for own in ("Zoe", "Quist", "zoe@quarry.example.org", "+49 511 555 0199", "prefers calls"):
        assert own in text
    for foreign in ("Ola", "Petersen", "ola@quarry.example.org", "+49 511 555 0200", "on leave"):
        assert foreign not in text


def test_no_export_without_identity_and_only_behind_its_link(asked, client) -> None:
    with pytest.raises(RuleBroken, match="identity"):
        export.answer_access(case=asked, on=roll.DAY, actor=roll.STAFF)
    cases.identity_seen(case=asked, actor=roll.STAFF)
    export.answer_access(case=asked, on=roll.DAY, actor=roll.STAFF)
    url = f"/p/export/{export.export_token(asked)}/"
    assert b"Quist" not in client.get(url).content
    document = export.fetch_export(
        token=export.export_token(asked), on=roll.DAY, actor=Actor.link("export")
    )
    assert document is not None
    assert export.fetch_export(token="x" * 22, on=roll.DAY, actor=Actor.link("export")) is None
