"""A mailing from draft to finished: frozen, planned once, sent once, counted."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from django.utils import timezone

from backoffice.core.errors import BadInput, InvalidTransition, NotAllowed, RuleBroken
from backoffice.core.models import JobRun
from backoffice.delivery.models import Delivery, OutboxMessage
from backoffice.delivery.services.suppression import suppress
from contacts.models import Contact
from mailings.models import Mailing
from mailings.services.audience import tally
from mailings.services.difference import difference
from mailings.services.explaining import explain
from mailings.services.holding import cancel_mailing, finish_mailings, pause_mailing, resume_mailing
from mailings.services.sending import approve_mailing, plan_mailing, start_mailing
from tests.mailings.conftest import STAFF, TODAY, leaf

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def start_and_plan(mailing: Mailing) -> Mailing:
    start_mailing(mailing=mailing, actor=STAFF, at=timezone.now(), on=TODAY)
    return plan_mailing(mailing=mailing, actor=STAFF, at=timezone.now())


def test_from_draft_to_finished(mailing, organisation, person, outbox_engine) -> None:
    leipzig, ghent = organisation("Leipzig Library"), organisation("Ghent University", "BE")
    person("a@example.org", ("voting", leipzig), ("voting", ghent), name="Ada Ångström")
    person("b@example.org", ("billing", leipzig), name="Bo Berg")
    nameless = person("c@example.org", ("voting", ghent))
    draft = mailing()
    start_and_plan(draft)
    assert JobRun.objects.filter(name="mailings.plan").count() == 1
    outbox_engine.round()
    finish_mailings(at=timezone.now(), actor=STAFF)
    draft.refresh_from_db()
    assert (draft.state, draft.planned, draft.left_out) == ("finished", 2, {})
    mails = {m.address: message_from_bytes(bytes(m.raw), policy=policy.default)
             for m in OutboxMessage.objects.all()}  # fmt: skip
    assert set(mails) == {"a@example.org", "c@example.org"}
    first = mails["a@example.org"]
    assert first["Subject"] == "Assembly for Ghent University and Leipzig Library"
    text = first.get_body(("plain",)).get_content()
    assert "Dear Ada Ångström," in text
    assert "Agenda: <https://example.org/a>" in text or "Agenda: https://example.org/a" in text
    assert "Hello," in mails["c@example.org"].get_body(("plain",)).get_content()
    html = first.get_body(("html",)).get_content()
    assert "<strong>assembly</strong>" in html
    assert 'class="button"' in html
    assert first["List-Id"].endswith("<governance.lists.mail.rollcall.example>")
    assert nameless.full_name == ""


def test_planning_twice_plans_once(mailing, organisation, person) -> None:
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing()
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    Mailing.objects.filter(pk=draft.pk).update(state="planning")
    draft.refresh_from_db()
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    assert Delivery.objects.count() == 1
    assert draft.planned == 1


def test_nothing_leaves_before_all_is_planned(mailing, organisation, person, outbox_engine) -> None:
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing()
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    Delivery.objects.create(
        kind="mailings.mailing", mail_class="governance", lane="governance", address="a@example.org",
        mailing_ref=draft.pk, message_id="<x@example.org>",
    )  # fmt: skip
    outbox_engine.round()
    assert OutboxMessage.objects.count() == 0


def test_content_is_frozen_at_the_start(mailing, organisation, person, outbox_engine) -> None:
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing()
    start_and_plan(draft)
    Mailing.objects.filter(pk=draft.pk).update(body="changed afterwards", subject="changed")
    outbox_engine.round()
    assert "changed" not in OutboxMessage.objects.get().subject


def test_reasons_in_their_order(mailing, organisation, person) -> None:
    one = organisation("One")
    person("ok@example.org", ("voting", one))
    person("restricted@example.org", ("voting", one), restricted_at=timezone.now())
    person("", ("voting", one))
    person("left@example.org", ("voting", one))
    person("hold@example.org", ("voting", one))
    person("jürgen@example.org", ("voting", one))
    suppress("left@example.org", scope="class:governance", reason="unsubscribe", actor=STAFF)
    suppress("hold@example.org", scope="hold", reason="hard_bounce", actor=STAFF)
    suppress("ok@example.org", scope="optional", reason="unsubscribe", actor=STAFF)
    counted = tally(mailing(), on=TODAY)
    assert counted.reached == 1
    assert counted.left_out == {
        "restricted": 1, "no_address": 1, "unusable": 1, "hold": 1, "class": 1,
    }  # fmt: skip


def test_a_consent_topic_reaches_subscribers_only(mailing, organisation, person, topic) -> None:
    from mailings.models import Subscription

    one = organisation("One")
    person("in@example.org", ("voting", one))
    person("out@example.org", ("voting", one))
    Subscription.objects.create(
        topic=topic, address="in@example.org", state="active", requested_at=timezone.now(),
        confirmed_at=timezone.now(),
    )  # fmt: skip
    counted = tally(mailing(topic=topic, mail_class="community"), on=TODAY)
    assert (counted.reached, counted.left_out) == (1, {"no_basis": 1})


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("Hello {{ password }}", "does not exist"),
        ("![](https://example.org/a.png)", "description"),
        ("[x](https://example.org/{{ given_name }})", "inside a link"),
        ("   ", "needs a subject"),
    ],
)
def test_broken_content_is_found_before_the_start(mailing, organisation, person, body, word):
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing(body=body)
    with pytest.raises(BadInput, match=word):
        start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    draft.refresh_from_db()
    assert (draft.state, Delivery.objects.count()) == ("draft", 0)


def test_nobody_is_refused(mailing) -> None:
    with pytest.raises(BadInput, match="nobody"):
        start_mailing(mailing=mailing(), actor=STAFF, at=timezone.now(), on=TODAY)


def test_an_empty_rule_never_means_everybody(mailing, organisation, person) -> None:
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing()
    draft.segment.rule = {}
    draft.segment.save()
    with pytest.raises(BadInput, match="nobody"):
        start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)


def test_four_eyes(mailing, organisation, person, settings, django_user_model) -> None:
    from backoffice.core.actor import Actor

    settings.ROLLCALL_FOUR_EYES = 0
    author = django_user_model.objects.create_user("author@example.org")
    other = django_user_model.objects.create_user("other@example.org")
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing(created_by=author)
    with pytest.raises(RuleBroken, match="second person"):
        start_mailing(mailing=draft, actor=Actor.user(author), at=timezone.now(), on=TODAY)
    with pytest.raises(NotAllowed):
        approve_mailing(mailing=draft, actor=Actor.user(author))
    approve_mailing(mailing=draft, actor=Actor.user(other))
    start_mailing(mailing=draft, actor=Actor.user(author), at=timezone.now(), on=TODAY)
    assert draft.state == "planning"


def test_two_windows_cannot_both_start(mailing, organisation, person) -> None:
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing()
    same = Mailing.objects.get(pk=draft.pk)
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    with pytest.raises(InvalidTransition):
        start_mailing(mailing=same, actor=STAFF, at=timezone.now(), on=TODAY)


def test_pause_resume_cancel(mailing, organisation, person, outbox_engine) -> None:
    one = organisation("One")
    for n in range(3):
        person(f"p{n}@example.org", ("voting", one))
    draft = start_and_plan(mailing())
    pause_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    outbox_engine.round()
    assert OutboxMessage.objects.count() == 0
    resume_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    Delivery.objects.filter(address="p0@example.org").update(state="sent")
    cancel_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    outbox_engine.round()
    assert OutboxMessage.objects.count() == 0
    assert sorted(Delivery.objects.values_list("state", "reason")) == [
        ("sent", ""), ("skipped", "cancelled"), ("skipped", "cancelled"),
    ]  # fmt: skip


def test_duty_lines_speak_of_one_organisation(mailing, organisation, person) -> None:
    german, belgian = organisation("German"), organisation("Belgian", "BE")
    person("split@example.org", ("voting", belgian), ("billing", german))
    whole = person("whole@example.org", ("voting", german))
    draft = mailing({"all": [leaf("duty", "voting"), leaf("country", "de")]})
    assert tally(draft, on=TODAY).reached == 1
    told = explain(draft, Contact.objects.exclude(pk=whole.pk).get(), on=TODAY)
    assert not told.inside
    assert told.lines == [("Duty: Voting", True), ("Country: de", True)]
    assert explain(draft, whole, on=TODAY).inside


def test_groups_and_negation(mailing, organisation, person) -> None:
    german, former = organisation("German"), organisation("Former", member=False)
    person("a@example.org", ("voting", german))
    person("b@example.org", ("billing", german))
    person("c@example.org", ("technical", former))
    rule = {"all": [
        {"any": [leaf("duty", "voting"), leaf("duty", "technical")]},
        {"not": {"any": [leaf("standing", "former")]}},
    ]}  # fmt: skip
    assert tally(mailing(rule), on=TODAY).reached == 1
    assert tally(mailing({"all": [leaf("duty", "voting", "is_not")]}), on=TODAY).reached == 2


def test_an_ended_duty_gets_nothing(mailing, organisation, person) -> None:
    from contacts.models import RoleAssignment

    person("a@example.org", ("voting", organisation("One")))
    RoleAssignment.objects.update(valid_until=TODAY)
    assert tally(mailing(), on=TODAY).reached == 0


@pytest.mark.parametrize(
    "rule",
    [
        {"field": "nonsense", "value": "x"},
        {"some": []},
        [],
        {"all": [{}]},
        {"all": [{"field": "duty"}]},
    ],
)
def test_a_broken_rule_is_refused(mailing, rule) -> None:
    draft = mailing()
    draft.segment.rule = rule
    if rule == []:
        assert tally(draft, on=TODAY).reached == 0
        return
    with pytest.raises(BadInput):
        tally(draft, on=TODAY)


def test_difference_to_the_last_one(mailing, organisation, person, outbox_engine) -> None:
    one = organisation("One")
    stays, goes = person("a@example.org", ("voting", one)), person("b@example.org", ("voting", one))
    first = start_and_plan(mailing())
    outbox_engine.round()
    finish_mailings(at=timezone.now(), actor=STAFF)
    goes.duties.update(valid_until=TODAY)
    comes = person("c@example.org", ("voting", one))
    second = mailing(segment=first.segment)
    changed = difference(second, on=TODAY)
    assert changed.last == first
    assert [(c.contact_id, c.reason) for c in changed.new] == [(comes.pk, "named_now")]
    assert [(c.contact_id, c.reason) for c in changed.gone] == [(goes.pk, "not_named")]
    assert stays.pk not in [comes.pk, goes.pk]


def test_unreached_voters_must_be_acknowledged(mailing, organisation, person) -> None:
    from contacts.models import MemberType

    one, two = organisation("One"), organisation("Two")
    assert MemberType.objects.get().votes
    person("a@example.org", ("voting", one))
    person("b@example.org", ("voting", two))
    suppress("b@example.org", scope="class:governance", reason="unsubscribe", actor=STAFF)
    draft = mailing()
    for seen in (0, 2):
        with pytest.raises(RuleBroken, match="1 voting members"):
            start_mailing(
                mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY, acknowledged=seen
            )
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY, acknowledged=1)
    assert draft.unreachable_acknowledged == 1


def test_to_the_missing_and_a_correction(mailing, organisation, person, outbox_engine) -> None:
    from mailings.services.follow_ups import draft_correction, draft_for_missing

    one = organisation("One")
    person("got@example.org", ("voting", one))
    missed = person("missed@example.org", ("voting", one))
    first = start_and_plan(mailing())
    Delivery.objects.filter(address="missed@example.org").update(state="failed")
    outbox_engine.round()
    with pytest.raises(RuleBroken, match="over"):
        draft_correction(mailing=first, actor=STAFF)
    finish_mailings(at=timezone.now(), actor=STAFF)
    first.refresh_from_db()
    again = draft_for_missing(mailing=first, actor=STAFF)
    fixed = draft_correction(mailing=first, actor=STAFF)
    assert (tally(again, on=TODAY).reached, tally(again, on=TODAY).left_out) == (1, {"got_it": 1})
    assert tally(fixed, on=TODAY).reached == 1
    assert not explain(fixed, missed, on=TODAY).inside
