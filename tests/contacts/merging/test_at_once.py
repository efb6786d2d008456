"""Two people merge at the same moment, the same way and the other way round: one merge happens."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connections

from backoffice.core.errors import InvalidTransition, RuleBroken
from backoffice.core.models import AuditEvent
from contacts.models import Note, Organisation
from contacts.services.merging import merge_records
from tests.contacts.merging.acts import plan
from tests.factories import roll

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
REFUSED = (InvalidTransition, RuleBroken, OperationalError)


@pytest.mark.parametrize("crossed", [False, True])
def test_one_of_two_merges_wins(crossed: bool) -> None:
    roll.agency()
    one, two = roll.member("Quarry"), roll.member("Quarry Ltd")
    for record in (one, two):
        Note.objects.create(organisation=record, text="note")
    pairs = [(one, two), (two, one) if crossed else (one, two)]
    digests = [plan(*pair).digest for pair in pairs]
    barrier, results = threading.Barrier(2), [None, None]

    def work(number: int) -> None:
        winner, loser = pairs[number]
        try:
            barrier.wait()
            results[number] = merge_records(
                kind="organisation", winner_id=winner.pk, loser_id=loser.pk, choices={},
                digest=digests[number], on=roll.DAY, actor=roll.STAFF,
            )  # fmt: skip
        except REFUSED as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(result, dict) for result in results) == 1, results
    assert not any(isinstance(result, OperationalError) for result in results), results
    assert AuditEvent.objects.filter(action="merge").count() == 1
    gone = Organisation.objects.get(merged_into__isnull=False)
    assert set(Note.objects.values_list("organisation", flat=True)) == {gone.merged_into_id}
