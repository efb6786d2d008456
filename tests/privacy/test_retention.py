"""Retention: what is due goes, what is young, needed or under hold stays, too much stops."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.models import AuditEvent, JobRun, User
from backoffice.core.personal_data import MAP
from backoffice.core.retention import RETENTION, before, instant_before
from backoffice.core.services.audit import verify_all
from backoffice.delivery.models import Delivery, InboundMail
from contacts.models import Contact, RoleAssignment
from contacts.privacy.enums import RetentionState
from contacts.privacy.models import LegalHold, RetentionCount, RetentionRun
from contacts.privacy.retention import contacts_over
from contacts.privacy.services import holds, planning, retention
from contacts.services.duties import end_duty
from tests.factories import roll
from tests.privacy import world as cast

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NIGHT = Actor.process("retention")


@pytest.fixture
def world(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return cast.build()


def run(key: str, *, on: date | None = None, dry_run: bool = False, actor: Actor = NIGHT):
    return retention.run_retention(key=key, on=on or dates.today(), dry_run=dry_run, actor=actor)


def count(run: RetentionRun, rule: str, model: str = "", part: str = "") -> RetentionCount:
    found = run.counts.filter(rule=rule, part=part)
    return found.get(model=model) if model else found.get()


def old_inbound(number: int, days: int = 200) -> None:
    for n in range(number):
        mail = InboundMail.objects.create(
            message_key=f"{days}-{n}", recipient="x@y.example", raw=b"x"
        )
        InboundMail.objects.filter(pk=mail.pk).update(
            received_at=timezone.now() - timedelta(days=days)
        )


def idle(contact: Contact, months: int = 30) -> None:
    """All duties ended, and the contact entered, so long ago."""
    day = dates.add_months(dates.today(), -months)
    RoleAssignment.objects.filter(contact=contact).update(valid_from=day - timedelta(days=9),
                                                          valid_until=day)  # fmt: skip
    Contact.objects.filter(pk=contact.pk).update(created_at=timezone.now() - timedelta(days=2000))


def test_every_rule_of_the_map_is_registered_and_every_rule_is_used() -> None:
    named = {item.retention for _label, entry in MAP for item in entry.personal.values()}
    assert named - set(RETENTION.names()) == set()
    assert set(RETENTION.names()) - named == set()


@pytest.mark.parametrize(("day", "expected"), [
    (date(2026, 3, 31), date(2026, 2, 28)), (date(2028, 3, 30), date(2028, 2, 29)),
])  # fmt: skip
def test_months_end_where_the_month_ends(day, expected) -> None:
    assert before(day, months=1) == expected


def test_old_mail_goes_and_young_mail_stays(world) -> None:
    old_inbound(2, days=91)
    old_inbound(3, days=89)
    done = run("one")
    assert (count(done, "inbound_end", "delivery.InboundMail").due,
            count(done, "inbound_end", "delivery.InboundMail").done) == (2, 2)  # fmt: skip
    assert InboundMail.objects.count() == 3
    assert count(run("two"), "inbound_end", "delivery.InboundMail").due == 0
    facts = AuditEvent.objects.get(stream="retention", action="done").facts
    assert facts == {"rule": "inbound_end", "data": "delivery.InboundMail", "due": 2, "done": 2}
    assert verify_all() == []


def test_a_count_changes_nothing(world) -> None:
    old_inbound(2)
    counted = run("count", dry_run=True)
    one = count(counted, "inbound_end", "delivery.InboundMail")
    assert (one.due, one.done, one.state) == (2, 0, RetentionState.COUNTED)
    assert InboundMail.objects.count() == 2


def test_the_brake_refuses_a_large_share_and_a_second_person_releases(world, settings) -> None:
    settings.ROLLCALL_RETENTION_FROM, settings.ROLLCALL_RETENTION_BRAKE = 3, 0.5
    old_inbound(4)
    stopped = run("night", actor=world.acting)
    one = count(stopped, "inbound_end", "delivery.InboundMail")
    assert (one.state, one.due, one.done) == (RetentionState.BRAKED, 4, 0)
    assert InboundMail.objects.count() == 4
    with pytest.raises(RuleBroken, match="by a person"):
        retention.release(count=one, actor=NIGHT)
    with pytest.raises(RuleBroken, match="second person"):
        retention.release(count=one, actor=world.acting)
    retention.release(count=one, actor=world.approving)
    assert JobRun.objects.filter(name="privacy.release_retention").count() == 1
    with pytest.raises(InvalidTransition):
        retention.release(count=one, actor=world.approving)
    old_inbound(1, days=95)
    retention.carry_out_released(count=one, actor=world.approving)
    assert (one.state, InboundMail.objects.count()) == (RetentionState.DONE, 0)
    assert retention.carry_out_released(count=one, actor=world.approving).done == 5


def test_few_rows_and_small_shares_pass_the_brake(settings) -> None:
    settings.ROLLCALL_RETENTION_FROM, settings.ROLLCALL_RETENTION_BRAKE = 3, 0.5
    sweep = retention.sweep_of("inbound_end", "delivery.InboundMail", "")
    assert not retention.trips_brake(sweep, 3, 3)
    assert not retention.trips_brake(sweep, 5, 10)
    assert retention.trips_brake(sweep, 6, 11)


def test_only_the_last_run_is_released(world, settings) -> None:
    settings.ROLLCALL_RETENTION_FROM, settings.ROLLCALL_RETENTION_BRAKE = 0, 0.01
    old_inbound(1)
    first = count(run("one"), "inbound_end", "delivery.InboundMail")
    run("two")
    with pytest.raises(RuleBroken, match="later run"):
        retention.release(count=first, actor=world.approving)


def test_a_run_that_died_goes_on_where_it_stopped(world, monkeypatch) -> None:
    old_inbound(2)
    real = retention._one_sweep

    def dying(run, rule, sweep, held, actor):
        if rule == "suppression" or sweep.label == "delivery.ProviderEvent":
            raise MemoryError
        real(run, rule, sweep, held, actor)

    with monkeypatch.context() as patch:
        patch.setattr(retention, "_one_sweep", dying)
        with pytest.raises(MemoryError):
            run("night")
    half = RetentionRun.objects.get()
    assert half.finished_at is None
    done = run("night")
    assert (done.pk, done.finished_at is None) == (half.pk, False)
    assert count(done, "inbound_end", "delivery.InboundMail").done == 2
    assert done.counts.count() == len(list(retention.sweeps()))


def test_who_has_had_no_duty_for_two_years_is_erased(world) -> None:
    assert not contacts_over(dates.today()).exists()
    idle(world.bram, months=23)
    assert not contacts_over(dates.today()).exists()
    idle(world.bram, months=25)
    run("night")
    world.bram.refresh_from_db()
    world.zoe.refresh_from_db()
    assert world.bram.erased_at is not None
    assert world.bram.given_name == ""
    assert not Contact.history.filter(id=world.bram.pk).exclude(given_name="").exists()
    assert world.zoe.given_name == "Zoë"


@pytest.mark.parametrize("use", ["login", "restricted", "case", "subscription", "young"])
def test_whoever_is_still_needed_stays(world, use) -> None:
    idle(world.bram)
    if use == "login":
        user = User.objects.create_user("bram@felsen.example.org", "x", last_login=timezone.now())
        Contact.objects.filter(pk=world.bram.pk).update(user=user)
    elif use == "restricted":
        Contact.objects.filter(pk=world.bram.pk).update(restricted_at=timezone.now())
    elif use == "case":
        cast.asked(address=cast.BRAM)
    elif use == "subscription":
        from mailings.models import Subscription, Topic

        topic = Topic.objects.create(code="news", name="News", mail_class="community")
        Subscription.objects.create(topic=topic, contact=world.bram, state="active",
                                    requested_at=timezone.now(),
                                    confirmed_at=timezone.now(), address=cast.BRAM)  # fmt: skip
    else:
        Contact.objects.filter(pk=world.bram.pk).update(created_at=timezone.now())
    assert not contacts_over(dates.today()).exists()


def test_a_hold_keeps_a_person_and_everything_about_them(world) -> None:
    idle(world.bram)
    sent = Delivery.objects.create(
        dedupe_key="x", kind="k", mail_class="contract", lane="contract", address=cast.BRAM,
        state="sent", message_id="<a@b>",
    )  # fmt: skip
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=900))
    hold = holds.set_hold(contact=world.bram, reason="claim 7", since=dates.today(),
                          until=dates.today() + timedelta(days=30), actor=world.acting)  # fmt: skip
    done = run("night")
    assert count(done, "contact_end").held == 1
    assert count(done, "delivery_end").held == 1
    sent.refresh_from_db()
    assert sent.address == cast.BRAM
    later = run("later", on=dates.today() + timedelta(days=30))
    assert (count(later, "contact_end").held, count(later, "contact_end").done) == (0, 1)
    with pytest.raises(BadInput, match="removed already"):
        world.bram.refresh_from_db()
        holds.set_hold(contact=world.bram, reason="x", since=hold.since, until=hold.until,
                       actor=world.acting)  # fmt: skip


def test_a_hold_on_an_organisation_covers_its_people(world) -> None:
    idle(world.bram)
    hold = holds.set_hold(organisation=world.felsen, reason="claim 7", since=dates.today(),
                          until=dates.today() + timedelta(days=30), actor=world.acting)  # fmt: skip
    assert count(run("night"), "contact_end").held == 1
    holds.lift_hold(hold=hold, actor=world.acting)
    with pytest.raises(InvalidTransition):
        holds.lift_hold(hold=hold, actor=world.acting)
    assert count(run("next"), "contact_end").done == 1


def test_no_removal_under_hold(world) -> None:
    case = cast.in_review()
    hold = holds.set_hold(contact=world.zoe, reason="claim 7", since=roll.DAY,
                          until=roll.DAY + timedelta(days=9), actor=world.acting)  # fmt: skip
    with pytest.raises(RuleBroken, match="legal hold"):
        planning.plan_case(case=case, on=roll.DAY, actor=world.acting)
    holds.lift_hold(hold=hold, actor=world.acting)
    planning.plan_case(case=case, on=roll.DAY, actor=world.acting)


@pytest.mark.parametrize("wrong", [
    {}, {"reason": " "}, {"reason": "mail a@b.example"}, {"until": date(2026, 11, 20)}, {"both": True},
])  # fmt: skip
def test_a_hold_says_on_whom_why_and_until_when(world, wrong) -> None:
    given = {"contact": world.bram, "reason": "claim", "since": roll.DAY, "until": date(2027, 1, 1)}
    if not wrong:
        given.pop("contact")
    if wrong.pop("both", None):
        given["organisation"] = world.felsen
    with pytest.raises(BadInput):
        holds.set_hold(**(given | wrong), actor=world.acting)
    assert not LegalHold.objects.exists()


def test_a_forgotten_login_is_closed(world) -> None:
    user = User.objects.create_user("lost@home.example", "x", name="Lost Soul")
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(days=800))
    staff = world.officer
    User.objects.filter(pk=staff.pk).update(date_joined=timezone.now() - timedelta(days=800))
    assert count(run("night"), "account_end").done == 1
    user.refresh_from_db()
    staff.refresh_from_db()
    assert (user.is_active, user.name, user.email.partition("@")[2]) == (
        False, "", "removed.invalid",
    )  # fmt: skip
    assert staff.is_active
    assert count(run("again"), "account_end").due == 0


def test_the_screen_shows_and_acts_by_permission(world, client, settings) -> None:
    settings.ROLLCALL_RETENTION_FROM, settings.ROLLCALL_RETENTION_BRAKE = 0, 0.01
    settings.ROLLCALL_DEMO = True
    old_inbound(1)
    one = count(run("night"), "inbound_end", "delivery.InboundMail")
    url = reverse("admin:privacy_retention")
    client.force_login(roll.staff("auditor"))
    page = client.get(url)
    assert page.status_code == 200
    assert "Held by the brake" in page.content.decode()
    assert client.post(url, {"act": "release", "count": one.pk}).status_code == 403
    assert client.post(url, {"act": "count"}).status_code == 403
    client.force_login(roll.staff("finance"))
    assert client.get(url).status_code == 403
    client.force_login(world.officer)
    client.post(url, {"act": "release", "count": one.pk})
    one.refresh_from_db()
    assert (one.state, one.released_by) == (RetentionState.RELEASED, world.officer)
    client.post(url, {"act": "count"})
    assert JobRun.objects.filter(name="privacy.count_due").count() == 1


def test_ended_duties_end_through_the_service(world) -> None:
    """The day a duty ends is the day the clock starts."""
    duty = world.bram.duties.get()
    end_duty(assignment=duty, on=roll.DAY, actor=roll.STAFF, reason="left")
    Contact.objects.filter(pk=world.bram.pk).update(created_at=instant_before(roll.DAY, months=40))
    due = dates.add_months(roll.DAY, 24)
    assert not contacts_over(due - timedelta(days=1)).exists()
    assert list(contacts_over(due)) == [world.bram]
