"""Votes outlive the server: the locked hourly copy, and taking it back after a restore."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services.documents import read_bytes
from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery
from governance import mail
from governance.models import BoardEntry, BoardHead, Election, ElectionFile, Envelope, Teller
from governance.sealing.board import board_start
from governance.services import safekeeping
from governance.services.verification import verify_election
from tests.governance import world

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PAPER = {"board": ["ash"], "fees": ["yes"]}


@pytest.fixture
def election(tmp_path: Path) -> Election:
    world.make_members(6)
    found = world.opened(tmp_path)
    Teller.objects.create(election=found, user=world.user("erin"))
    Teller.objects.create(election=found, user=world.user("watcher"), observer=True)
    return found


def keep(election: Election, hours: int = 0) -> ElectionFile | None:
    moment = world.DURING + timedelta(hours=hours)
    return safekeeping.keep_copy(election=election, now=moment, actor=world.SYSTEM)


def forget_since(election: Election, receipts: int) -> None:
    """The database as an older backup has it."""
    board = list(BoardEntry.objects.order_by("sequence").values_list("envelope", flat=True))
    BoardEntry.objects.filter(sequence__gt=receipts).delete()
    last = BoardEntry.objects.filter(sequence=receipts).first()
    head = last.head if last else board_start(election.definition_id)
    BoardHead.objects.update(sequence=receipts, head=head)
    gone = Envelope.objects.exclude(hash__in=board[:receipts])
    election.roll.filter(pseudonym__in=list(gone.values_list("pseudonym", flat=True))).update(
        voted=False
    )
    gone.delete()


def test_tellers_get_a_copy_each_hour_in_which_votes_came_in(election: Election) -> None:
    assert keep(election) is None, "an empty box needs no copy"
    entries = list(election.roll.entitled())
    world.vote(election, entries[0], PAPER)
    first = keep(election)
    assert keep(election).document == first.document
    assert Delivery.objects.filter(kind="governance.safe_copy").count() == 1
    world.vote(election, entries[1], PAPER)
    second = keep(election, 1)
    assert second.pk == first.pk
    assert second.document != first.document
    mails = Delivery.objects.filter(kind="governance.safe_copy")
    assert set(mails.values_list("address", flat=True)) == {"erin@agency.example.org"}
    delivery = mails.last()
    build = mail.KINDS[delivery.kind].build
    assert build(delivery, lambda purpose: "x").attachments == ()
    delivery.state = DeliveryState.HANDING
    attached = build(delivery, lambda purpose: "x").attachments[0]
    assert attached.content == read_bytes(second.document)
    assert not second.public


def test_a_copy_tells_its_holder_nothing(election: Election) -> None:
    entry = election.roll.entitled().first()
    receipt = world.vote(election, entry, PAPER)
    content = read_bytes(keep(election).document)
    for secret in (receipt.envelope, str(entry.pseudonym), election.definition_id, "ash"):
        assert secret.encode() not in content


def test_votes_cast_after_the_backup_come_back(election: Election) -> None:
    entries = list(election.roll.entitled())
    for entry in entries[:4]:
        world.vote(election, entry, PAPER)
    world.vote(election, entries[0], {"board": [], "fees": ["no"]})
    content = read_bytes(keep(election).document)
    envelopes = set(Envelope.objects.values_list("hash", flat=True))
    head = BoardHead.objects.get().head
    forget_since(election, 2)
    assert Envelope.objects.count() == 1, "the first voter's later ballot is lost as well"
    done = safekeeping.restore_copy(election=election, content=content, actor=world.SYSTEM)
    assert (done.receipts, done.envelopes, done.strangers) == (3, 4, 0)
    assert set(Envelope.objects.values_list("hash", flat=True)) == envelopes
    assert BoardHead.objects.get().head == head
    assert election.roll.filter(voted=True).count() == 4
    assert all(check.ok for check in verify_election(election))
    again = safekeeping.restore_copy(election=election, content=content, actor=world.SYSTEM)
    assert again.receipts == 0


def test_a_copy_that_does_not_continue_the_board_is_refused(election: Election, tmp_path) -> None:
    entries = list(election.roll.entitled())
    world.vote(election, entries[0], PAPER)
    world.vote(election, entries[1], PAPER)
    content = read_bytes(keep(election).document)
    forget_since(election, 1)
    world.vote(election, entries[2], PAPER)
    with pytest.raises(RuleBroken, match="Votes were cast here"):
        safekeeping.restore_copy(election=election, content=content, actor=world.SYSTEM)
    assert Envelope.objects.count() == 2
    for wrong in (b"", content[:-1], b"x" + content[1:]):
        with pytest.raises(BadInput, match="not a copy"):
            safekeeping.restore_copy(election=election, content=wrong, actor=world.SYSTEM)
    path = tmp_path / "copy.sealed"
    path.write_bytes(content)
    with pytest.raises(CommandError, match="Votes were cast here"):
        call_command("restore_box", election.slug, str(path))


def test_the_copy_goes_with_the_envelopes(election: Election, tmp_path: Path) -> None:
    for entry in election.roll.entitled():
        world.vote(election, entry, {"board": ["ash", "birch"], "fees": ["yes"]})
    keep(election)
    world.count_it(election, tmp_path)
    assert keep(election, 48) is None
    world.certify(election)
    from governance.services.certification import destroy_secrets

    destroy_secrets(election=election, on=election.destroy_after, actor=world.SYSTEM)
    assert not election.files.filter(name=safekeeping.COPY).exists()
