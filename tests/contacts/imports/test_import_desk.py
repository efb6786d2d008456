"""The import desk: nothing is queued or applied twice."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.core.enums import JobState
from backoffice.core.errors import InvalidTransition
from backoffice.core.models import JobRun
from contacts.admin.imports import ImportRunAdmin
from contacts.enums import ImportState
from contacts.models import Contact, ImportRun, Organisation, SavedMapping
from contacts.services import import_apply, import_desk, import_files
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
        import_apply.apply_import(
            run=stale, rows=import_files.read_rows(stale, CONTENT), actor=roll.STAFF, on=roll.DAY
        )
    assert run.rows.get().journal == journal
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("state", ImportState)
def test_take_back_is_offered_while_there_is_something_to_take(state) -> None:
    undo = next(item for item in ImportRunAdmin.operations if item.name == "undo")
    offered = undo.shown(ImportRun(state=state))
    assert offered == (state in (ImportState.APPLYING, ImportState.APPLIED))


class TestPages:
    """The desk in the hands of staff: columns, refused rows, rights."""

    @pytest.fixture(autouse=True)
    def signed_in(self, settings, client, tmp_path):
        settings.ROLLCALL_DEMO = True
        roll.agency()
        client.force_login(roll.staff("membership"))

    def send(self, client, content: bytes, kind: str = "organisations", **more):
        file = SimpleUploadedFile("f.csv", content)
        return client.post("/admin/imports/", {"kind": kind, "file": file, **more})

    def test_unknown_columns_are_named_on_a_page_and_remembered(self, client) -> None:
        answer = self.send(client, b"Koerperschaft;Staat\nSteinbruch;DE\n")
        run = ImportRun.objects.get()
        assert answer.url == f"/admin/imports/{run.pk}/columns/"
        page = client.get(answer.url).content.decode()
        assert "Steinbruch" in page
        refused = client.post(answer.url, {"c1": "country"}, follow=True).content.decode()
        assert "No column found for name" in refused
        answer = client.post(answer.url, {"c0": "name", "c1": "country", "remember": "on"})
        run.refresh_from_db()
        assert (run.state, run.created) == (ImportState.TESTED, 1)
        assert SavedMapping.objects.get().mapping == {"Koerperschaft": "name", "Staat": "country"}

    def test_a_field_that_is_none_is_left_out(self, client) -> None:
        self.send(client, b"Koerperschaft;Staat\nSteinbruch;DE\n")
        run = ImportRun.objects.get()
        client.post(f"/admin/imports/{run.pk}/columns/", {"c0": "name", "c1": "pk"})
        run.refresh_from_db()
        assert run.mapping == {"Koerperschaft": "name"}

    def test_refused_rows_come_back_as_a_harmless_file_that_names_the_cell(self, client) -> None:
        self.send(client, b'name,country\n"=cmd|A0",Nowhere\nQuarry,DE\n')
        run = ImportRun.objects.get()
        import_desk.apply_kept_file(
            str(run.pk), actor=roll.STAFF, on=roll.DAY, report=lambda done, total: None
        )
        answer = client.post(f"/admin/contacts/importrun/{run.pk}/do/rejected/")
        lines = answer.content.decode().splitlines()
        assert lines[0] == "row,reason,name,country"
        assert lines[1] == "1,country: Country “Nowhere” is not known.,'=cmd|A0,Nowhere"
        assert len(lines) == 2

    def test_whoever_may_not_import_gets_nothing(self, client) -> None:
        self.send(client, b"Koerperschaft\nSteinbruch\n")
        run = ImportRun.objects.get()
        client.force_login(roll.staff("auditor"))
        assert client.get("/admin/imports/").status_code == 403
        assert client.get(f"/admin/imports/{run.pk}/columns/").status_code == 403
        path = f"/admin/contacts/importrun/{run.pk}/do/rejected/"
        assert client.post(path).status_code == 403

    def test_empty_cells_empty_only_where_asked(self, client) -> None:
        Organisation.objects.create(name="Quarry", country="DE", website="https://q.org")
        self.send(client, b"name,country,website\nQuarry,DE,\n")
        self.send(client, b"name,country,website\nQuarry,DE,\n", blanks="on")
        asked, plain = ImportRun.objects.order_by("-created_at")
        assert (plain.unchanged, asked.updated) == (1, 1)
        page = client.get(f"/admin/contacts/importrun/{asked.pk}/change/").content.decode()
        assert "Empty cells empty the field, as asked." in page
