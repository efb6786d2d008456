"""Execution: killed before or after any step and started again it ends the same; versions are redacted."""

from __future__ import annotations

import pytest
from django.apps import apps

from backoffice.core.errors import RuleBroken
from backoffice.core.personal_data import MAP, history_model
from backoffice.core.services import audit
from contacts.models import Contact, FollowUp, RoleAssignment
from contacts.privacy.enums import CaseState, PlanAction
from contacts.privacy.models import ErasureJournal, PlanItem
from contacts.privacy.services import erase, execution, journal, planning, scan
from contacts.services import people, records
from tests.factories import roll
from tests.privacy import world as cast

pytestmark = [pytest.mark.django_db, pytest.mark.database]
STEPS = ("append_journal", "outside_plan", "_delete_files", "suppress", "end_duties", "erase_item",
         "close_login", "close_contact", "journal_erasure", "guarded_update", "open_tasks",
         "rescan")  # fmt: skip


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    made = cast.build()
    people.rectify_contact(contact=made.zoe, fields={"given_name": "Zoe"}, actor=roll.STAFF)
    records.add_note(text="Quist, Zoe: to be called", organisation=made.felsen, actor=roll.STAFF)
    return made


def killed(monkeypatch, step: str, *, late: bool):
    """The process dies before the step does anything, or when it is done."""
    real = getattr(execution, step)

    def dying(*args, **kwargs):
        if late:
            real(*args, **kwargs)
        raise MemoryError(step)

    patch = pytest.MonkeyPatch()
    patch.setattr(execution, step, dying)
    return patch


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_whatever_step_it_dies_at_the_end_is_the_same(world, monkeypatch, step, late) -> None:
    case = cast.approved(world)
    plan = case.plan_sha256
    patch = killed(monkeypatch, step, late=late)
    with patch.context(), pytest.raises(MemoryError):
        execution.execute_case(case=case, on=roll.DAY, actor=world.acting)
    patch.undo()
    case.refresh_from_db()
    assert case.state in (CaseState.EXECUTING, CaseState.PROPAGATING)
    if case.state == CaseState.EXECUTING:
        # The rows change at once or not at all.
        world.zoe.refresh_from_db()
        assert world.zoe.family_name == "Quist"
        assert RoleAssignment.objects.filter(contact=world.zoe).not_ended().count() == 3
    execution.execute_case(case=case, on=roll.DAY, actor=world.acting)
    _the_end(world, case, plan)
    execution.execute_case(case=case, on=roll.DAY, actor=world.acting)
    _the_end(world, case, plan)


def _the_end(world, case, plan: str) -> None:
    case.refresh_from_db()
    assert (case.state, case.plan_sha256, case.scan_findings) == (CaseState.PROPAGATING, plan, [])
    assert case.scanned_at is not None
    left = {hit["model"] for hit in scan.scan_term(cast.ZOE)}
    assert left <= {"privacy.privacycase"}
    assert Contact.objects.living().get() == world.bram
    assert case.tasks.count() == len(set(case.tasks.values_list("processor", flat=True))) > 0
    assert ErasureJournal.objects.count() == 1
    assert [entry["case"] for entry in journal.read_journal()] == [case.reference]
    assert FollowUp.objects.filter(code="vacant_duty").count() == 2
    assert not PlanItem.objects.filter(case=case, done_at__isnull=True).exists()
    assert audit.verify_all() == []


def test_exactly_the_rows_of_the_plan_are_touched(world) -> None:
    case = cast.approved(world)
    planned = {
        (item.model.lower(), str(pk))
        for item in case.plan.exclude(action=PlanAction.KEEP)
        for pk in item.row_ids
    }
    touched: set[tuple[str, str]] = set()
    real = erase.erase_rows

    def watched(label, pks):
        touched.update((label.lower(), str(pk)) for pk in pks)
        return real(label, pks)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(erase, "erase_rows", watched)
        execution.execute_case(case=case, on=roll.DAY, actor=world.acting)
    assert touched == planned


def test_a_changed_plan_is_not_executed(world) -> None:
    """The hash binds the rows: one that is slipped in sends the case back."""
    case = cast.approved(world)
    item = case.plan.get(finder="contacts.note")
    PlanItem.objects.filter(pk=item.pk).update(row_ids=[*item.row_ids, "999999"])
    assert planning.stored_hash(case) != case.plan_sha256
    with pytest.raises(RuleBroken, match="differs"):
        execution.execute_case(case=case, on=roll.DAY, actor=world.acting)
    case.refresh_from_db()
    assert case.state == CaseState.IN_REVIEW
    world.zoe.refresh_from_db()
    assert world.zoe.family_name == "Quist"


def test_every_version_of_every_model_is_redacted(world) -> None:
    """Whatever the plan erased: no earlier version holds a declared value any more."""
    case = cast.executed(world)
    looked = set()
    for item in case.plan.exclude(action=PlanAction.KEEP):
        model = apps.get_model(item.model)
        versions = history_model(model)
        if versions is None:
            continue
        for row in versions._base_manager.filter(**{f"{model._meta.pk.name}__in": item.row_ids}):
            looked.add(model._meta.label_lower)
            for name, personal in MAP.get(item.model.lower()).personal.items():
                if personal.erase == "keep" or not hasattr(row, name):
                    continue
                field = versions._meta.get_field(name)
                wanted = {"", None, erase.erased_value(field, personal, row.pk)}
                assert getattr(row, name) in wanted or getattr(row, name) == {}, (item.model, name)
            assert row.history_change_reason == erase.REDACTED_REASON
    assert {"contacts.contact", "contacts.contactaddress", "contacts.note"} <= looked


def test_every_model_with_versions_can_be_redacted() -> None:
    """Each declared field that goes has a value its versions can take."""
    for label, entry in MAP:
        model = apps.get_model(label)
        versions = history_model(model)
        if versions is None:
            continue
        names = {field.name for field in versions._meta.get_fields()}
        for name, personal in entry.personal.items():
            if name not in names or personal.erase in ("keep", "delete_row"):
                continue
            field = versions._meta.get_field(name)
            value = erase.erased_value(field, personal, 1)
            assert value is not None or field.null, (label, name)
