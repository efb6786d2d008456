"""An import that was cut off goes on; asked for, blanks empty; what is gone cannot be taken back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from backoffice.core import dates
from backoffice.core.errors import InvalidTransition
from contacts.enums import ImportState, RowOutcome
from contacts.models import (
    Contact,
    ImportRow,
    ImportRun,
    Membership,
    Organisation,
    OrganisationLink,
    SavedMapping,
)
from contacts.services import import_apply, import_desk, imports
from contacts.services.undo import undo_import
from tests.factories import roll

pytestmark = [pytest.mark.django_db, pytest.mark.database]
BELOW = "\n".join(
    ["name,symbol,member_type,joined,lead"]
    + [f"Below {n},BELOW{chr(65 + n)},consortium_organization,2024-01-01,LEAD" for n in range(7)]
    + ["Lead,LEAD,consortium,2024-01-01,"]
).encode()


@pytest.fixture(autouse=True)
def agency() -> None:
    roll.agency()


def opened(content: bytes, kind: str = "organisations", **more):
    run, rows = imports.open_run(
        kind=kind, content=content, file_name="f.csv", actor=roll.STAFF, **more
    )
    imports.test_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    return run, rows


def apply(run: ImportRun, rows) -> ImportRun:
    return import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)


def die_at(monkeypatch, name: str, count: int) -> None:
    """The process ends at the ``count``-th call of a step."""
    step, seen = getattr(import_apply, name), []

    def dying(*args, **kwargs):
        seen.append(1)
        if len(seen) == count:
            raise MemoryError
        return step(*args, **kwargs)

    monkeypatch.setattr(import_apply, name, dying)


def small_chunks(monkeypatch) -> None:
    monkeypatch.setattr(import_apply, "FIRST_CHUNK", 2)
    monkeypatch.setattr(import_apply, "next_size", lambda size, seconds: size)


@pytest.mark.parametrize(
    ("size", "seconds", "following"),
    [(20, 0.04, 40), (20, 0.001, 40), (80, 0.01, 100), (100, 0.2, 40), (100, 2.0, 5), (5, 9.0, 5)],
)
def test_chunks_follow_what_the_lock_cost(size: int, seconds: float, following: int) -> None:
    assert import_apply.next_size(size, seconds) == following


@pytest.mark.parametrize(("step", "count"), [("_apply_chunk", 3), ("_finish", 1), ("_claim", 5)])
def test_a_run_cut_off_goes_on_to_the_same_end(monkeypatch, step: str, count: int) -> None:
    run, rows = opened(BELOW)
    with monkeypatch.context() as patch:
        small_chunks(patch)
        die_at(patch, step, count)
        with pytest.raises(MemoryError):
            apply(run, rows)
    again = ImportRun.objects.get(pk=run.pk)
    assert again.state == ImportState.APPLYING
    apply(again, rows)
    again.refresh_from_db()
    assert (again.state, again.created, again.rejected) == (ImportState.APPLIED, 8, 0)
    assert Organisation.objects.count() == 8
    assert OrganisationLink.objects.filter(lead__name="Lead").count() == 7
    assert ImportRow.objects.filter(run=again, number__lte=8, outcome="created").count() == 8
    assert undo_import(run=again, actor=roll.STAFF).kept == []
    assert not Organisation.objects.exists()


def test_two_processes_do_not_go_on_with_one_run(monkeypatch) -> None:
    run, rows = opened(BELOW)
    with monkeypatch.context() as patch:
        small_chunks(patch)
        die_at(patch, "_apply_chunk", 2)
        with pytest.raises(MemoryError):
            apply(run, rows)
    first, second = (ImportRun.objects.get(pk=run.pk) for _ in "12")
    apply(first, rows)
    with pytest.raises(InvalidTransition):
        apply(second, rows)
    assert Organisation.objects.count() == 8


def test_a_lead_that_is_not_there_is_said(monkeypatch) -> None:
    run, rows = opened(BELOW.rpartition(b"\n")[0])
    apply(run, rows)
    run.refresh_from_db()
    assert run.options["notes"][0] == "Below 0: its lead LEAD is not known"
    assert len(run.options["notes"]) == 7


def test_blanks_never_overwrite_unless_asked() -> None:
    organisation = Organisation.objects.create(name="Quarry", country="DE", website="https://q.org")
    content = b"name,country,website,description\nQuarry,DE,,\n"
    run, rows = opened(content)
    apply(run, rows)
    assert (run.unchanged, run.updated) == (1, 0)
    run, rows = opened(content, blanks=True)
    assert run.updated == 1
    apply(run, rows)
    organisation.refresh_from_db()
    assert (organisation.website, organisation.country) == ("", "DE")
    undo_import(run=run, actor=roll.STAFF)
    organisation.refresh_from_db()
    assert organisation.website == "https://q.org"


def test_a_column_that_is_not_in_the_file_is_never_emptied() -> None:
    organisation = Organisation.objects.create(name="Quarry", country="DE", website="https://q.org")
    run, rows = opened(b"name,country\nQuarry,DE\n", blanks=True)
    apply(run, rows)
    organisation.refresh_from_db()
    assert organisation.website == "https://q.org"


def test_a_journal_that_has_expired_is_refused_in_words() -> None:
    run, rows = opened(b"name\nQuarry\n")
    apply(run, rows)
    ImportRun.objects.filter(pk=run.pk).update(journal_expires_on=dates.today())
    run.refresh_from_db()
    with pytest.raises(InvalidTransition, match="cannot be taken back any more"):
        undo_import(run=run, actor=roll.STAFF)
    run.refresh_from_db()
    assert run.state == ImportState.APPLIED
    ImportRun.objects.filter(pk=run.pk).update(journal_expires_on=dates.today() + timedelta(days=1))
    run.refresh_from_db()
    assert undo_import(run=run, actor=roll.STAFF).removed == 1


@pytest.mark.data
def test_a_second_import_of_the_same_file_changes_nothing(data_folder: Path) -> None:
    content = (data_folder / "incumbent_csv/fabrica_organizations_export.csv").read_bytes()
    run, rows = opened(content, "fabrica-organizations")
    apply(run, rows)
    periods = Membership.objects.count()
    again, rows = opened(content, "fabrica-organizations")
    assert (again.created, again.updated) == (0, 0)
    assert again.rejected == run.rejected
    apply(again, rows)
    assert Membership.objects.count() == periods


def test_a_third_body_of_one_name_with_its_own_identifier_is_its_own() -> None:
    lines = [f"Argosy,US,https://ror.org/{ror}" for ror in ("05dxps055", "00hj8s172", "042nb2s44")]
    run, rows = opened("\n".join(["name,country,ror", *lines]).encode())
    assert (run.created, run.rejected) == (3, 0)
    apply(run, rows)
    again, _rows = opened(b"name,country\nArgosy,US\n")
    assert again.rejected == 1


def test_a_member_that_has_left_does_not_come_back_by_an_import() -> None:
    content = b"name,symbol,member_type,joined\nQuarry,QUARRY,direct_member,2020-01-01\n"
    run, rows = opened(content)
    apply(run, rows)
    Membership.objects.update(valid_until=roll.DAY, end_reason="resigned")
    again, rows = opened(content)
    outcome = imports.dry_run(run=again, rows=rows, actor=roll.STAFF, on=roll.DAY)
    assert outcome[0][1] == RowOutcome.DECISION
    assert "act of its own" in outcome[0][2]


class TestColumns:
    """A table whose columns are not recognised is kept and waits for their names."""

    CONTENT = b"Koerperschaft;Staat\nSteinbruch;DE\nFelsen;XX\n"

    def upload(self) -> ImportRun:
        return import_desk.upload(kind="organisations", content=self.CONTENT, file_name="f.csv",
                                  actor=roll.STAFF, on=roll.DAY)  # fmt: skip

    def test_it_is_kept_named_tested_and_remembered(self) -> None:
        run = self.upload()
        assert (run.state, run.read) == (ImportState.UPLOADED, 0)
        import_desk.name_columns(
            run=run, mapping={"Koerperschaft": "name", "Staat": "country"}, remember=True,
            actor=roll.STAFF, on=roll.DAY,
        )  # fmt: skip
        assert (run.state, run.created, run.rejected) == (ImportState.TESTED, 1, 1)
        assert "country" in run.rows.get(number=2).reason.lower()
        assert SavedMapping.objects.count() == 1
        again = self.upload()
        assert (again.state, again.created) == (ImportState.TESTED, 1)

    def test_settled_columns_are_settled(self) -> None:
        run = self.upload()
        run.state = ImportState.APPLIED
        with pytest.raises(InvalidTransition):
            import_desk.name_columns(run=run, mapping={}, remember=False, actor=roll.STAFF,
                                     on=roll.DAY)  # fmt: skip

    def test_data_that_changed_since_the_test_are_tested_again(self) -> None:
        run = import_desk.upload(kind="organisations", content=b"name,country\nQuarry,DE\n",
                                 file_name="f.csv", actor=roll.STAFF, on=roll.DAY)  # fmt: skip
        Organisation.objects.create(name="Quarry", country="DE")
        import_desk.apply_kept_file(str(run.pk), actor=roll.STAFF, on=roll.DAY,
                                    report=lambda *_a: None)  # fmt: skip
        run.refresh_from_db()
        assert (run.state, run.options["retested"]) == (ImportState.TESTED, True)
        assert run.rows.get().outcome == RowOutcome.UNCHANGED
        assert Organisation.objects.count() == 1
        assert not Contact.objects.exists()
