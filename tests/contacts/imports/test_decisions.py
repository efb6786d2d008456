"""What a row leaves to a person: each answer, for one row and for all, and its way back."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backoffice.core.errors import BadInput, InvalidTransition
from backoffice.core.models import AuditEvent, JobRun
from contacts.enums import ImportState, RowOutcome
from contacts.models import Contact, Identifier, ImportRun, Membership, Organisation, RoleAssignment
from contacts.services import import_decisions, import_desk, import_trial
from contacts.services.import_decisions import decide, open_questions
from contacts.services.undo import undo_import
from tests.factories import roll

pytestmark = [pytest.mark.database, pytest.mark.django_db]

PEOPLE = "email,first_name,last_name,organisation,roles\n"


@pytest.fixture(autouse=True)
def _agency() -> None:
    roll.agency()


def uploaded(content: str, kind: str = "contacts") -> ImportRun:
    return import_desk.upload(
        kind=kind, content=content.encode(), file_name="f.csv", actor=roll.STAFF, on=roll.DAY
    )


def decided(run: ImportRun, every_row: dict | None = None, rows: dict | None = None) -> ImportRun:
    done = decide(
        run=run, every_row=every_row or {}, rows=rows or {}, seen=run.decided, actor=roll.STAFF,
        on=roll.DAY,
    )  # fmt: skip
    done.refresh_from_db()
    return done


def applied(run: ImportRun) -> ImportRun:
    import_desk.apply_kept_file(
        str(run.pk), actor=roll.STAFF, on=roll.DAY, report=lambda done, total: None
    )
    run.refresh_from_db()
    assert run.state == ImportState.APPLIED
    return run


def outcome(run: ImportRun, number: int = 1) -> tuple[str, str]:
    row = run.rows.get(number=number)
    return row.outcome, row.reason


@pytest.fixture
def quarry() -> Organisation:
    """A member whose billing contact is Ada."""
    quarry = roll.member("Quarry")
    roll.duty(quarry, roll.person("ada@quarry.example.org", "Ada", "Lane"), "billing")
    return quarry


NEW_BILLING = PEOPLE + "bo@quarry.example.org,Bo,Reed,Quarry,billing\n"


class TestDuty:
    def test_it_waits_and_says_what_it_asks(self, quarry) -> None:
        run = uploaded(NEW_BILLING)
        (asked,) = open_questions(run, 10)
        assert (asked.question, asked.count, asked.rows[0].cells["email"]) == (
            "duty", 1, "bo@quarry.example.org",
        )  # fmt: skip
        assert outcome(applied(run))[0] == RowOutcome.DECISION
        assert not Contact.objects.filter(given_name="Bo").exists()

    def test_taken_over_and_back(self, quarry) -> None:
        before = uploaded(NEW_BILLING)
        undecided = before.plan_sha256
        run = decided(before, {"duty": "take_over"})
        assert run.plan_sha256 != undecided
        assert outcome(run) == ("created", "as decided: takes the duty over.")
        applied(run)
        ended, fresh = RoleAssignment.objects.order_by("pk")
        assert (ended.valid_until, ended.end_reason) == (roll.DAY, "taken_over")
        assert (fresh.contact.given_name, fresh.order, fresh.valid_until) == ("Bo", 1, None)
        act = AuditEvent.objects.get(action="take_over_duty")
        assert act.facts["before"] == ended.pk
        assert undo_import(run=run, actor=roll.STAFF).kept == []
        ended.refresh_from_db()
        assert (ended.valid_until, ended.end_reason) == (None, "")
        assert not Contact.objects.filter(given_name="Bo").exists()

    def test_who_held_it_until_today_did_whatever_day_the_file_names(self, quarry) -> None:
        early = NEW_BILLING.replace("roles", "roles,since").replace(
            ",billing\n", ",billing,2019-02-01\n"
        )
        applied(decided(uploaded(early), {"duty": "take_over"}))
        before, after = RoleAssignment.objects.order_by("pk")
        assert (before.valid_from, before.valid_until) == (roll.SINCE, roll.DAY)
        assert after.valid_from == roll.DAY

    def test_deputy_takes_the_next_free_place(self, quarry) -> None:
        roll.duty(quarry, roll.person("di@quarry.example.org", "Di", "Dale"), "billing", 2)
        applied(decided(uploaded(NEW_BILLING), rows={1: "deputy"}))
        assert RoleAssignment.objects.get(contact__given_name="Bo").order == 3
        again = uploaded(NEW_BILLING)
        assert decided(again, {"duty": "deputy"}).unchanged == 1

    def test_left_as_it_is_or_out(self, quarry) -> None:
        applied(decided(uploaded(NEW_BILLING), {"duty": "leave"}))
        assert not Contact.objects.get(given_name="Bo").duties.exists()
        skipped = decided(
            uploaded(PEOPLE + "cy@quarry.example.org,Cy,Ray,Quarry,billing\n"), {"duty": "skip"}
        )
        assert (skipped.rejected, outcome(skipped)[1][:25]) == (1, "as decided: not imported.")
        applied(skipped)
        assert not Contact.objects.filter(given_name="Cy").exists()

    def test_two_rows_of_one_file_never_take_from_each_other(self, quarry) -> None:
        twice = NEW_BILLING + "cy@quarry.example.org,Cy,Ray,Quarry,billing\n"
        run = decided(uploaded(twice), {"duty": "take_over"})
        assert [asked.question for asked in open_questions(run, 10)] == ["duty_twice"]
        applied(decided(run, {"duty_twice": "deputy"}))
        orders = RoleAssignment.objects.not_ended().values_list("contact__given_name", "order")
        assert dict(orders) == {"Bo": 1, "Cy": 2}

    def test_a_rule_of_the_agency_still_refuses(self, quarry) -> None:
        mailbox = PEOPLE + "office@quarry.example.org,,,Quarry,voting\n"
        roll.duty(quarry, Contact.objects.get(), "voting")
        run = decided(uploaded(mailbox), {"duty": "take_over"})
        assert "must be a person" in outcome(run)[1]
        applied(run)
        assert RoleAssignment.objects.filter(valid_until=None).count() == 2


class TestOtherQuestions:
    @pytest.mark.parametrize(
        ("answer", "family", "word"),
        [
            ("keep", "Lane", "unchanged"),
            ("rename", "Stone", "updated"),
            ("skip", "Lane", "rejected"),
        ],
    )
    def test_known_under_another_name(self, answer: str, family: str, word: str) -> None:
        roll.person("ada@quarry.example.org", "Ada", "Lane")
        run = decided(uploaded("email,first_name,last_name\nada@quarry.example.org,Ada,Stone\n"),
                      {"name": answer})  # fmt: skip
        assert outcome(run)[0] == word
        applied(run)
        assert Contact.objects.get().family_name == family

    def test_which_of_two_of_the_same_name(self) -> None:
        one, two = (Organisation.objects.create(name="Quarry", country="DE") for _n in range(2))
        run = uploaded(PEOPLE + "ada@quarry.example.org,Ada,Lane,Quarry,billing\n")
        assert run.rows.get().choices == [f"organisation:{one.pk}", f"organisation:{two.pk}"]
        applied(decided(run, rows={1: f"organisation:{two.pk}"}))
        assert RoleAssignment.objects.get().organisation == two

    def test_identifiers_of_two_organisations(self) -> None:
        one, two = (Organisation.objects.create(name=name, country="DE") for name in ("A", "B"))
        Identifier.objects.create(organisation=one, kind="symbol", value="ONE")
        Identifier.objects.create(organisation=two, kind="ror", value="https://ror.org/04wxnsj81")
        run = uploaded("name,symbol,ror\nRenamed,ONE,https://ror.org/04wxnsj81\n", "organisations")
        applied(decided(run, rows={1: f"organisation:{one.pk}"}))
        assert Organisation.objects.get(pk=one.pk).name == "Renamed"
        assert Identifier.objects.get(kind="ror").organisation == two

    def test_a_membership_is_no_by_product(self) -> None:
        quarry = roll.member("Quarry")
        run = uploaded("name,country,website,member type\nQuarry,DE,https://q.example.org,consortium\n",
                       "organisations")  # fmt: skip
        assert run.rows.get().question == "membership"
        applied(decided(run, {"membership": "leave"}))
        assert Membership.objects.get().member_type.code == "direct_member"
        quarry.refresh_from_db()
        assert quarry.website == "https://q.example.org"


class TestGuards:
    def test_answers_nobody_asked_for(self, quarry) -> None:
        run = uploaded(NEW_BILLING)
        for every_row, rows in (
            ({"duty": "erase"}, {}), ({"organisation": "skip"}, {}), ({"nothing": "skip"}, {}),
            ({}, {1: "organisation:1"}), ({}, {}), ({"duty": ""}, {2: "leave"}),
        ):  # fmt: skip
            with pytest.raises(BadInput):
                decided(run, every_row, rows)
        assert (run.decided, run.options) == (0, {})

    def test_nothing_is_decided_while_it_is_queued(self, quarry) -> None:
        run = uploaded(NEW_BILLING)
        import_desk.start_apply(run=run, actor=roll.STAFF)
        with pytest.raises(InvalidTransition, match="queued"):
            decided(run, {"duty": "leave"})
        run.refresh_from_db()
        assert (run.decided, run.options) == (0, {})

    def test_a_stale_page_decides_nothing(self, quarry) -> None:
        run = uploaded(NEW_BILLING)
        stale = ImportRun.objects.get(pk=run.pk)
        decided(run, {"duty": "leave"})
        with pytest.raises(InvalidTransition, match="changed in the meantime"):
            decided(stale, {"duty": "take_over"})

    def test_killed_before_the_test_nothing_can_be_applied(self, quarry, monkeypatch) -> None:
        run = uploaded(NEW_BILLING)

        def killed(*args, **kwargs) -> None:
            raise SystemExit

        monkeypatch.setattr(import_decisions, "try_out_or_queue", killed)
        with pytest.raises(SystemExit):
            decided(run, {"duty": "take_over"})
        monkeypatch.undo()
        run.refresh_from_db()
        with pytest.raises(InvalidTransition, match="Only a tested import"):
            import_desk.start_apply(run=run, actor=roll.STAFF)
        again = decided(run, {"duty": "leave"})
        assert outcome(again)[0] == "created"


class TestLongFile:
    def test_it_is_tested_in_the_background(self, quarry, monkeypatch) -> None:
        monkeypatch.setattr(import_trial, "AT_ONCE", 1)
        run = uploaded(NEW_BILLING + "cy@quarry.example.org,Cy,Ray,,\n")
        assert (run.state, run.plan_sha256, run.rows.count()) == ("uploaded", "", 0)
        waits = import_desk.work_on(run)
        assert waits is not None
        assert (waits.applies, waits.begun) == (False, False)
        seen: list[tuple[int, int]] = []
        import_trial.try_out_kept_file(
            str(run.pk), actor=roll.STAFF, on=roll.DAY, report=lambda *now: seen.append(now)
        )
        JobRun.objects.update(state="done")
        run.refresh_from_db()
        assert (run.state, run.rows.count(), seen[-1]) == ("tested", 2, (2, 2))
        assert import_desk.work_on(run) is None
        decided(run, {"duty": "leave"})
        assert JobRun.objects.filter(name="contacts.test_import", state="queued").count() == 1
        with pytest.raises(InvalidTransition, match="Only a tested import"):
            import_desk.start_apply(run=run, actor=roll.STAFF)


class TestPage:
    @pytest.fixture(autouse=True)
    def signed_in(self, settings, client) -> None:
        settings.ROLLCALL_DEMO = True
        client.force_login(roll.staff("membership"))

    def test_it_asks_and_takes_the_answer(self, client, quarry, django_assert_num_queries) -> None:
        file = SimpleUploadedFile("f.csv", NEW_BILLING.encode())
        page = client.post("/admin/imports/", {"kind": "contacts", "file": file}, follow=True)
        run = ImportRun.objects.get()
        assert "Decide what rows ask" in page.content.decode()
        path = f"/admin/imports/{run.pk}/decide/"
        client.get(path)
        with django_assert_num_queries(8):
            text = client.get(path).content.decode()
        assert "The duty is held by somebody else" in text
        assert "bo@quarry.example.org" in text
        assert "Ada Lane" in text
        assert "Ada Lane" in text
        nothing = client.post(
            path, {"seen": "0", "row-x": "leave", f"row-{9**30}": "leave"}, follow=True
        ).content.decode()
        assert "Nothing was decided" in nothing
        page = client.post(path, {"seen": "0", "all-duty": "take_over"}, follow=True)
        assert "as decided: takes the duty over." in page.content.decode()
        assert "Decide what rows ask" not in page.content.decode()
        stale = client.post(path, {"seen": "0", "row-1": "leave"}, follow=True).content.decode()
        assert "Nothing was decided" in stale

    def test_a_long_file_leads_to_its_progress(self, client, monkeypatch) -> None:
        monkeypatch.setattr(import_trial, "AT_ONCE", 0)
        file = SimpleUploadedFile("f.csv", NEW_BILLING.encode())
        page = client.post("/admin/imports/", {"kind": "contacts", "file": file}, follow=True)
        text = page.content.decode()
        assert "Waits for the worker, who tests it." in text
        assert "data-live" in text
        assert "Apply the tested plan" not in text

    def test_organisations_are_named(self, client) -> None:
        for _n in range(2):
            Organisation.objects.create(name="Quarry", country="DE")
        run = uploaded(PEOPLE + "ada@quarry.example.org,Ada,Lane,Quarry,billing\n")
        text = client.get(f"/admin/imports/{run.pk}/decide/").content.decode()
        assert text.count("Quarry (DE)") == 2

    def test_only_for_those_who_import(self, client, quarry) -> None:
        run = uploaded(NEW_BILLING)
        client.force_login(roll.staff("auditor"))
        path = f"/admin/imports/{run.pk}/decide/"
        assert client.get(path).status_code == 403
        assert client.post(path, {"seen": "0", "all-duty": "leave"}).status_code == 403
        run.refresh_from_db()
        assert run.decided == 0
