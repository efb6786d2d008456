"""What rules keep, what staff decide, and how findings are settled."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from backoffice.core import dates
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.models import AuditEvent, JobRun, StoredDocument
from backoffice.core.services import documents, jobs
from contacts.models import Contact, Note
from contacts.privacy import words
from contacts.privacy.enums import CaseState, PlanAction
from contacts.privacy.models import ErasureJournal, PlanDecision, PrivacyCase
from contacts.privacy.services import answer, execution, findings, journal, planning, replay
from contacts.services import records
from governance import presets as governance_presets
from governance.models import (
    AgendaItem,
    Body,
    Contest,
    Election,
    Meeting,
    Minutes,
    MinutesObjection,
    Nomination,
    Option,
)
from tests.factories import roll
from tests.privacy import world as cast

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return cast.build()


def letter(text: str = "signed: Zoe Quist") -> StoredDocument:
    return documents.store_new(text.encode(), kind="letters", subject="", file_name="letter.txt",
                               media_type="text/plain")  # fmt: skip


def treatment(case: PrivacyCase) -> dict[str, tuple[str, str]]:
    return {item.finder: (item.action, item.law) for item in case.plan.all()}


def a_meeting_and_an_election(world) -> None:
    governance_presets.load("datacite", roll.STAFF, roll.DAY)
    meeting = Meeting.objects.create(
        body=Body.objects.get(code="assembly"), kind="ordinary", title="Assembly",
        starts_at=datetime(2026, 4, 28, 14, tzinfo=UTC),
    )  # fmt: skip
    AgendaItem.objects.create(meeting=meeting, position=1, title="Thanks to Zoe Quist")
    AgendaItem.objects.create(meeting=meeting, position=2, title="Fees")
    minutes = Minutes.objects.create(meeting=meeting, text="Quist, Zoë kept the minutes.")
    MinutesObjection.objects.create(minutes=minutes, organisation=world.felsen,
                                    received_on=roll.DAY, text="Z. Quist was not there")  # fmt: skip
    election = Election.objects.create(
        slug="e", title="Election", opens_at=datetime(2026, 12, 1, tzinfo=UTC),
        closes_at=datetime(2026, 12, 8, tzinfo=UTC), record_date=roll.DAY,
    )  # fmt: skip
    contest = Contest.objects.create(election=election, position=1, code="c", title="Board")
    Option.objects.create(contest=contest, position=1, code="a", name="Zoe Quist (Quarry)")
    values = {"contest": contest, "organisation": world.quarry, "origin": "member",
              "received_on": roll.DAY}  # fmt: skip
    Nomination.objects.create(**values, contact=world.zoe, state="listed", statement="I stand.")
    other = Contest.objects.create(election=election, position=2, code="d", title="Audit")
    Nomination.objects.create(**{**values, "contest": other}, given_name="Zoe", family_name="Quist",
                              address="zoe@home.example", state="declined")  # fmt: skip


def test_minutes_papers_and_candidates_stand_in_the_plan_by_a_named_rule(world) -> None:
    a_meeting_and_an_election(world)
    case = cast.executed(world)
    assert case.scan_findings == []
    found = treatment(case)
    for finder in ("minutes", "objections", "agenda"):
        assert found[f"governance.{finder}"] == ("keep", "minutes_record")
    assert found["governance.options"] == ("keep", "office_record")
    by_action = {i.action: i.rows for i in case.plan.filter(finder="governance.nominations")}
    assert by_action == {"keep": 1, "erase": 1}
    gone = Nomination.objects.get(state="declined")
    assert (gone.given_name, gone.family_name, gone.address) == ("", "", "")
    assert Minutes.objects.get().text == "Quist, Zoë kept the minutes."
    for _action, law in found.values():
        assert not law or words.law(law) != law, law


def test_a_plan_with_something_open_is_not_approved(world) -> None:
    document = letter()
    case = cast.planned(world)
    assert treatment(case)["privacy.other_files"] == (PlanAction.DECIDE, "")
    with pytest.raises(RuleBroken, match="still to be decided"):
        planning.approve_case(case=case, actor=world.approving)
    cast.decide(world, case, "privacy.other_files", "GDPR_17_3_e", date(2030, 1, 1))
    assert treatment(case)["privacy.other_files"] == (PlanAction.KEEP, "GDPR_17_3_e")
    case = cast.execute(world, case)
    assert case.scan_findings == []
    assert documents.read_bytes(document)
    decided = AuditEvent.objects.get(action="decide")
    assert decided.facts == {"data": "privacy.other_files", "exception": "GDPR_17_3_e",
                             "until": "2030-01-01"}  # fmt: skip


def test_a_file_goes_when_staff_say_so_and_a_restore_does_not_bring_it_back(world) -> None:
    document = letter()
    case = cast.decide(world, cast.planned(world), "privacy.other_files")
    cast.execute(world, case)
    document.refresh_from_db()
    assert document.removed
    back = letter()
    roll.person("zoe.new@quarry.example.org", "Zoe", "Quist")
    Contact.objects.filter(pk=world.zoe.pk).update(erased_at=None, given_name="Zoe",
                                                   family_name="Quist")  # fmt: skip
    world.zoe.addresses.update(address=cast.ZOE)
    ErasureJournal.objects.all().delete()
    assert replay.replay(journal=journal.read_journal(), at=dates.now(), actor=roll.STAFF) == 1
    back.refresh_from_db()
    assert back.removed


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"reason": " "}, "Say why"),
        ({"reason": "for zoe@x.example"}, "without an address"),
        ({"exception": "GDPR_17_3_e", "keep_until": None}, "until when"),
        ({"exception": "GDPR_17_3_e", "keep_until": roll.DAY}, "until when"),
    ],
)
def test_a_decision_says_why_and_until_when(world, values: dict, message: str) -> None:
    case = cast.planned(world)
    asked = {"exception": "", "keep_until": None, "reason": "r", **values}
    with pytest.raises(BadInput, match=message):
        planning.decide_item(case=case, finder="contacts.note", on=roll.DAY, actor=world.acting,
                             **asked)  # fmt: skip
    case.refresh_from_db()
    assert case.state == CaseState.PLANNED
    assert not PlanDecision.objects.exists()


def test_what_a_rule_keeps_is_not_for_staff_to_decide(world) -> None:
    case = cast.planned(world)
    with pytest.raises(RuleBroken, match="A rule settles this"):
        cast.decide(world, case, "privacy.privacycase")


def test_notes_may_stay_for_a_claim_and_the_plan_is_made_again(world) -> None:
    case = cast.planned(world)
    before = case.plan_sha256
    cast.decide(world, case, "contacts.note", "GDPR_17_3_e", date(2030, 1, 1))
    assert case.plan_sha256 != before
    cast.execute(world, case)
    assert Note.objects.filter(text="prefers calls").exists()


def finding(world) -> tuple[PrivacyCase, dict]:
    """A place that no finder knows: the description of an organisation."""
    world.felsen.description = "Zoe Quist founded the library"
    world.felsen.save()
    case = cast.executed(world)
    hits = [h for h in case.scan_findings if h["model"] == "contacts.organisation"]
    assert len(hits) == 1
    return case, hits[0]


def test_a_finding_blocks_until_it_is_justified(world) -> None:
    case, hit = finding(world)
    cast.settle_all(case)
    assert "the residual scan found 2 places" in answer.blocking(case)
    for other in list(case.scan_findings):
        with pytest.raises(BadInput, match="without an address"):
            findings.justify_finding(case=case, reason="see a@b.example", actor=roll.STAFF, **other)
        findings.justify_finding(case=case, reason="public history", actor=roll.STAFF, **other)
    assert answer.blocking(case) == []
    assert findings.rescan(case=case, actor=roll.STAFF)[0]["why"] == "public history"
    assert answer.blocking(case) == []
    assert hit["pk"] == str(world.felsen.pk)


def test_words_are_replaced_in_all_versions_and_stored_nowhere(world) -> None:
    case, hit = finding(world)
    with pytest.raises(BadInput, match="do not stand there"):
        findings.reword_finding(case=case, words="Bram", actor=roll.STAFF, **hit)
    findings.reword_finding(case=case, words="zoe quist", actor=roll.STAFF, **hit)
    assert case.scan_findings == []
    world.felsen.refresh_from_db()
    assert world.felsen.description == "[removed] founded the library"
    assert not world.felsen.history.filter(description__icontains="quist").exists()
    assert not AuditEvent.objects.filter(facts__icontains="quist").exists()
    case.refresh_from_db()
    assert findings.rescan(case=case, actor=roll.STAFF) == []


def test_a_finding_that_holds_nobody_declared_is_not_erased_blindly(world) -> None:
    case, hit = finding(world)
    with pytest.raises(RuleBroken, match="reword or justify"):
        findings.redact_finding(case=case, actor=roll.STAFF, **hit)


def test_execution_runs_as_a_job_under_the_name_of_who_started_it(world) -> None:
    case = cast.approved(world)
    execution.start_execution(case=case, on=roll.DAY, actor=world.acting)
    execution.start_execution(case=case, on=roll.DAY, actor=world.acting)
    run = JobRun.objects.get(name="privacy.execute")
    assert run.arguments == [case.pk]
    started = jobs.start(str(run.pk), worker="w")
    assert started is not None
    jobs.execute(started)
    case.refresh_from_db()
    assert case.state == CaseState.PROPAGATING
    assert AuditEvent.objects.get(action="execute").actor == str(world.acting)


def test_findings_are_known_even_if_the_process_dies_before_the_scan(world, monkeypatch) -> None:
    world.felsen.description = "Zoe Quist founded the library"
    world.felsen.save()
    records.add_note(text="Library closes", organisation=world.felsen, actor=roll.STAFF)
    case = cast.approved(world)

    def dies(**kwargs):
        raise KeyboardInterrupt

    real = execution.rescan
    monkeypatch.setattr(execution, "rescan", dies)
    with pytest.raises(KeyboardInterrupt):
        execution.execute_case(case=case, on=roll.DAY, actor=world.acting)
    case = PrivacyCase.objects.get(pk=case.pk)
    assert (case.state, case.scanned_at) == (CaseState.PROPAGATING, None)
    assert "the residual scan has not run" in answer.blocking(case)
    monkeypatch.setattr(execution, "rescan", real)
    execution.execute_case(case=case, on=roll.DAY, actor=world.acting)
    case.refresh_from_db()
    assert {h["model"] for h in case.scan_findings} == {
        "contacts.organisation", "contacts.historicalorganisation"
    }  # fmt: skip
