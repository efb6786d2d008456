"""The import desk: nothing is queued or applied twice."""

from __future__ import annotations

import pytest

from backoffice.core.enums import JobState
from backoffice.core.errors import InvalidTransition
from backoffice.core.models import JobRun
from contacts.admin.imports import ImportRunAdmin
from contacts.enums import ImportState
from contacts.models import Contact, ImportRun
from contacts.services import import_desk, import_files, imports
from tests.factories import roll

pytestmark = pytest.mark.django_db

CONTENT = b"email,first_name,last_name\nada@member.example.org,Ada,Lane\n"


@pytest.fixture
def run(settings, tmp_path) -> ImportRun:
    roll.agency()
    return import_desk.upload(
        kind="contacts", content=CONTENT, file_name="people.csv", actor=roll.STAFF, on=roll.DAY
    )


def test_a_second_click_queues_nothing(run) -> None:
    stale = ImportRun.objects.get(pk=run.pk)
    import_desk.start_apply(run=run, actor=roll.STAFF)
    with pytest.raises(InvalidTransition, match="queued already"):
        import_desk.start_apply(run=stale, actor=roll.STAFF)
    assert JobRun.objects.filter(name="contacts.apply_import").count() == 1


def test_a_run_that_has_begun_is_not_queued_from_a_stale_page(run) -> None:
    stale = ImportRun.objects.get(pk=run.pk)
    ImportRun.objects.filter(pk=run.pk).update(state=ImportState.APPLYING)
    with pytest.raises(InvalidTransition, match="changed in the meantime"):
        import_desk.start_apply(run=stale, actor=roll.STAFF)
    assert not JobRun.objects.filter(name="contacts.apply_import").exists()


def test_a_failed_job_may_be_queued_again(run) -> None:
    import_desk.start_apply(run=run, actor=roll.STAFF)
    JobRun.objects.filter(name="contacts.apply_import").update(state=JobState.FAILED)
    import_desk.start_apply(run=run, actor=roll.STAFF)
    assert JobRun.objects.filter(name="contacts.apply_import").count() == 2


def test_a_second_job_leaves_the_journals_of_the_first_alone(run) -> None:
    stale = ImportRun.objects.get(pk=run.pk)
    assert run.rows.get().journal == []
    import_desk.apply_kept_file(
        str(run.pk), actor=roll.STAFF, on=roll.DAY, report=lambda done, total: None
    )
    journal = run.rows.get().journal
    assert [entry["model"] for entry in journal] == ["contacts.contact", "contacts.contactaddress"]
    with pytest.raises(InvalidTransition):
        imports.apply_import(
            run=stale, rows=import_files.read_rows(stale, CONTENT), actor=roll.STAFF, on=roll.DAY
        )
    assert run.rows.get().journal == journal
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("state", ImportState)
def test_take_back_is_offered_while_there_is_something_to_take(state) -> None:
    undo = next(item for item in ImportRunAdmin.operations if item.name == "undo")
    offered = undo.shown(ImportRun(state=state))
    assert offered == (state in (ImportState.APPLYING, ImportState.APPLIED))
