"""Segments ask billing and governance: overdue invoices, fee bands, who has not voted."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache

from backoffice.core import dates
from backoffice.core.errors import BadInput
from billing.services.schedules import load_preset_schedules
from contacts.models import Organisation
from mailings.segments.compiler import contacts_matching
from mailings.segments.form import questions
from tests.governance import world
from tests.governance.conftest import _documents_in_test_transactions  # noqa: F401

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def named(field: str, value: str, op: str = "is") -> int:
    rule = {"all": [{"field": field, "op": op, "value": value}]}
    return contacts_matching(rule, on=dates.today()).count()


def test_who_has_not_voted_shrinks_with_every_vote(tmp_path: Path) -> None:
    cache.clear()
    world.make_members(5)
    election = world.opened(tmp_path, **world.now_open())
    other = world.draft("other-2027")
    assert named("not_voted", str(election.pk)) == 5
    entry = election.roll.entitled().first()
    assert entry is not None
    from governance.secrets import voting_token
    from governance.services import casting

    casting.cast_envelope(
        election=election, token=voting_token(election, entry), box=entry.box,
        ciphertext=world.envelope_for(election, entry.box, {"board": ["ash"], "fees": ["yes"]}),
        now=dates.now(),
    )  # fmt: skip
    assert named("not_voted", str(election.pk)) == 4
    assert named("not_voted", str(other.pk)) == 0
    assert named("not_voted", "nonsense") == 0
    assert [key for key, _label in questions()["not_voted"]["choices"]] == [str(election.pk)]


def test_fee_bands_come_from_the_schedule_of_the_day(db) -> None:
    world.make_members(3)
    load_preset_schedules("datacite", world.SYSTEM, world.JOINED)
    Organisation.objects.filter(name__endswith="1").update(country="UG")
    assert named("fee_band", "high") == 2
    assert named("fee_band", "low") == 1
    assert named("fee_band", "low", "is_not") == 2
    with pytest.raises(BadInput, match="fee band"):
        named("fee_band", "nowhere")


def test_overdue_invoices(db) -> None:
    world.make_members(2)
    assert named("overdue_invoice", "yes") == 0
    assert named("overdue_invoice", "no") == 2
