"""Two people press the same button: one job, each row taken back once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from backoffice.core.errors import InvalidTransition
from backoffice.core.models import AuditEvent, JobRun
from contacts.enums import ImportState
from contacts.models import Contact, ContactAddress, ImportRun
from contacts.services import import_apply, import_desk, import_trial, imports
from contacts.services.import_decisions import decide
from contacts.services.undo import UndoReport, undo_import
from tests.factories import roll

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
ROWS = 30
LINES = [f"p{n}@member.example.org,Given{n},Family{n}" for n in range(ROWS)]
CONTENT = "\n".join(["email,first_name,last_name", *LINES]).encode()


def at_once(act: Callable[[ImportRun], object], run: ImportRun, count: int) -> list[object]:
    """``act`` in threads that start together, each with its own copy of the run."""
    barrier, results = threading.Barrier(count), [None] * count

    def work(number: int) -> None:
        try:
            mine = ImportRun.objects.get(pk=run.pk)
            barrier.wait()
            results[number] = act(mine)
        except InvalidTransition as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def run() -> ImportRun:
    roll.agency()
    return import_desk.upload(
        kind="contacts", content=CONTENT, file_name="people.csv", actor=roll.STAFF, on=roll.DAY
    )


def test_many_clicks_queue_one_job(run) -> None:
    results = at_once(lambda mine: import_desk.start_apply(run=mine, actor=roll.STAFF), run, 6)
    assert sum(isinstance(result, InvalidTransition) for result in results) == 5
    assert JobRun.objects.filter(name="contacts.apply_import").count() == 1


def test_each_row_is_taken_back_once(run) -> None:
    _other, rows = imports.open_run(
        kind="contacts", content=CONTENT, file_name="people.csv", actor=roll.STAFF
    )
    import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    results = at_once(lambda mine: undo_import(run=mine, actor=roll.STAFF), run, 3)
    reports = [result for result in results if isinstance(result, UndoReport)]
    refused = [result for result in results if isinstance(result, InvalidTransition)]
    assert (len(reports), len(refused)) == (1, 2)
    assert reports[0].kept == []
    for model in (Contact, ContactAddress):
        assert not model.objects.exists()
        assert model.history.filter(history_type="-").count() == ROWS
    run.refresh_from_db()
    assert run.state == ImportState.UNDONE
    assert AuditEvent.objects.filter(action="undo").count() == 1


def test_two_people_decide_and_one_is_heard(run) -> None:
    roll.person("p0@member.example.org", "Given0", "Other")
    import_trial.try_out_kept_file(str(run.pk), actor=roll.STAFF, on=roll.DAY)
    answers = iter(["keep", "rename"])

    def act(mine: ImportRun) -> object:
        return decide(
            run=mine, every_row={"name": next(answers)}, rows={}, seen=0, actor=roll.STAFF,
            on=roll.DAY,
        )  # fmt: skip

    results = at_once(act, run, 2)
    assert sum(isinstance(result, InvalidTransition) for result in results) == 1
    run.refresh_from_db()
    assert run.decided == 1
    assert len(run.options["decisions"]["*"]) == 1
    assert AuditEvent.objects.filter(action="decide").count() == 1
