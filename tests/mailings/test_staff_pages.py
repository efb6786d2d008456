"""The staff pages as those who may and those who may not."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.delivery.models import Delivery, LaneState, OutboxMessage
from backoffice.delivery.services.suppression import suppress
from mailings.models import Mailing, Segment
from mailings.services.sending import plan_mailing, start_mailing
from tests.mailings.conftest import STAFF, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(settings) -> None:
    settings.ROLLCALL_DEMO = True  # waives the second factor


@pytest.fixture
def staff(client, django_user_model):
    """A client signed in with exactly these permissions."""

    def sign_in(*codenames: str, superuser: bool = False):
        user = django_user_model.objects.create_user(
            "staff@example.org", "x", is_staff=True, is_superuser=superuser
        )
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(user)
        return client

    return sign_in


def form(**lines: str) -> dict[str, str]:
    return {"name": "Voters in Germany", **lines}


LINES = {
    "b0-all-0-field": "duty", "b0-all-0-op": "is", "b0-all-0-value": "voting",
    "b0-all-1-field": "country", "b0-all-1-op": "is", "b0-all-1-value": "de",
}  # fmt: skip


def test_the_builder_counts_explains_and_saves(staff, organisation, person) -> None:
    person("a@example.org", ("voting", organisation("One")), name="Ada Ångström")
    person("b@example.org", ("voting", organisation("Two", "BE")), name="Bo Berg")
    client = staff("view_segment", "change_segment", "add_segment")
    address = reverse("admin:segment_new")
    shown = client.post(address, form(**LINES, show="", person="Bo Berg")).content.decode()
    assert "1 person" in shown
    assert "Ada Ångström" in shown
    assert "is not in the segment" in shown
    assert Segment.objects.count() == 0
    answer = client.post(address, form(**LINES, save=""))
    segment = Segment.objects.get()
    assert answer["Location"] == reverse("admin:segment_builder", args=[segment.pk])
    assert segment.rule == {"all": [
        {"field": "duty", "op": "is", "value": "voting"},
        {"field": "country", "op": "is", "value": "de"},
    ]}  # fmt: skip
    assert client.get(answer["Location"]).status_code == 200
    client.post(
        answer["Location"],
        form(**LINES, **{"b0-none-0-field": "language", "b0-none-0-value": "de"}, save=""),
    )
    segment.refresh_from_db()
    assert segment.version == 2
    assert segment.history.count() == 2


def test_who_may_only_look_cannot_save(staff, mailing) -> None:
    segment = mailing().segment
    client = staff("view_segment")
    address = reverse("admin:segment_builder", args=[segment.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, form(**LINES, save="")).status_code == 403
    assert client.get(reverse("admin:segment_new")).status_code == 403
    segment.refresh_from_db()
    assert segment.version == 1


@pytest.mark.parametrize("lines", [{}, {"b0-all-0-field": "since", "b0-all-0-value": "yesterday"}])
def test_a_broken_segment_is_said_on_the_page(staff, roles, lines) -> None:
    client = staff("view_segment", "change_segment", "add_segment")
    answer = client.post(reverse("admin:segment_new"), form(**lines, save=""))
    assert answer.status_code == 200
    assert Segment.objects.count() == 0
    assert b"rc-error" in answer.content


def test_preview_and_report(staff, mailing, organisation, person, outbox_engine) -> None:
    person("a@example.org", ("voting", organisation("One")), name="Ada Ångström")
    person("b@example.org", ("voting", organisation("Two")), name="Bo Berg")
    suppress("b@example.org", scope="all", reason="objection", actor=STAFF)
    draft = mailing()
    client = staff("view_mailing")
    assert client.get(reverse("admin:mailing_preview", args=[draft.pk])).status_code == 200
    page = client.post(
        reverse("admin:mailing_preview", args=[draft.pk]), {"person": "Ada Ångström"}
    ).content.decode()
    assert "Dear Ada Ångström," in page
    assert "may not be written to at all" in page
    assert "/u/" not in page
    blocked = client.post(
        reverse("admin:mailing_preview", args=[draft.pk]), {"person": "Bo Berg"}
    ).content.decode()
    assert "does not get it" in blocked
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY, acknowledged=1)
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    outbox_engine.round()
    report = client.get(reverse("admin:mailing_report", args=[draft.pk]))
    assert report.context["report"].states == [("Handed over", 1, "sent")]
    assert report.context["report"].left_out == [("may not be written to at all", 1)]
    assert report.context["report"].named == 2
    why = client.post(reverse("admin:mailing_why", args=[draft.pk]), {"person": "a@example.org"})
    assert [row.state for row in why.context["answer"].deliveries] == ["sent"]


@pytest.mark.parametrize("name", ["mailing_preview", "mailing_why"])
def test_an_address_is_asked_about_by_post_only(staff, mailing, organisation, person, name) -> None:
    person("a@example.org", ("voting", organisation("One")), name="Ada Ångström")
    where = reverse(f"admin:{name}", args=[mailing().pk])
    client = staff("view_mailing")
    page = client.get(where, {"person": "a@example.org"})
    assert page.status_code == 200
    assert page.context["asked"] == ""
    assert "a@example.org" not in page.content.decode()
    forms = page.content.decode().split('name="person"')[0].rsplit("<form", 1)[1]
    assert 'method="post"' in forms
    assert "csrfmiddlewaretoken" in forms
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(where, {"person": "a@example.org"}).status_code == 403


def test_starting_needs_its_own_permission(staff, mailing, organisation, person) -> None:
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing()
    address = reverse("admin:mailings_mailing_do", args=[draft.pk, "start"])
    client = staff("view_mailing", "change_mailing")
    assert client.post(address).status_code == 403
    assert Mailing.objects.get().state == "draft"


def test_start_pause_cancel_by_hand(staff, mailing, organisation, person) -> None:
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing()
    client = staff(superuser=True)
    client.post(reverse("admin:mailings_mailing_do", args=[draft.pk, "start"]))
    draft.refresh_from_db()
    assert draft.state == "planning"
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    for name, state in (("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled")):
        client.post(reverse("admin:mailings_mailing_do", args=[draft.pk, name]))
        draft.refresh_from_db()
        assert draft.state == state


def test_a_test_send_counts_nowhere(staff, mailing, django_capture_on_commit_callbacks) -> None:
    draft = mailing()
    client = staff(superuser=True)
    client.post(
        reverse("admin:mailings_mailing_do", args=[draft.pk, "test"]),
        {"address": "staff@example.org", "language": "en-gb"},
    )
    message = OutboxMessage.objects.get()
    assert message.subject.startswith("[Test]")
    assert Delivery.objects.get().mailing_ref is None


def test_editing_takes_the_approval_back(staff, mailing) -> None:
    draft = mailing()
    Mailing.objects.update(state="approved")
    client = staff(superuser=True)
    fields = {"name": "Assembly", "mail_class": "governance", "segment": draft.segment_id,
              "subject": "Changed", "body": draft.body, "subject_de": "", "body_de": "",
              "reply_to": "", "topic": "", "exclude": "", "scheduled_for_0": "",
              "scheduled_for_1": ""}  # fmt: skip
    client.post(reverse("admin:mailings_mailing_change", args=[draft.pk]), fields)
    draft.refresh_from_db()
    assert (draft.subject, draft.state) == ("Changed", "draft")


@pytest.mark.parametrize(
    "name",
    ["delivery_delivery", "delivery_outboxmessage", "delivery_lanestate", "delivery_suppression",
     "delivery_inboundmail", "mailings_topic", "mailings_segment", "mailings_mailing",
     "delivery_permit", "delivery_providerevent", "delivery_doctorrun", "mailings_grouplink",
     "mailings_subscription", "mailings_consentrecord", "mailings_series", "mailings_seriesentry"],
)  # fmt: skip
def test_every_list_opens(staff, mailing, organisation, person, outbox_engine, name: str) -> None:
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing()
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    outbox_engine.round()
    client = staff(superuser=True)
    assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200


def test_outbox_drop_release_and_lanes(staff, mailing, organisation, person, outbox_engine) -> None:
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing()
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    client = staff(superuser=True)
    row = Delivery.objects.get()
    for name in ("release", "drop"):
        client.post(reverse("admin:delivery_delivery_do", args=[row.pk, name]))
    row.refresh_from_db()
    assert (row.state, row.reason) == ("skipped", "dropped by staff")
    LaneState.objects.get_or_create(key="bulk")
    client.post(reverse("admin:delivery_lanestate_do", args=["bulk", "pause"]), {"reason": "stop"})
    assert LaneState.objects.get(key="bulk").paused_at is not None
    client.post(reverse("admin:delivery_lanestate_do", args=["bulk", "resume"]))
    assert LaneState.objects.get(key="bulk").paused_at is None


def test_the_outbox_shows_both_parts(staff, mailing, organisation, person, outbox_engine) -> None:
    person("a@example.org", ("voting", organisation("One")))
    draft = mailing()
    start_mailing(mailing=draft, actor=STAFF, at=timezone.now(), on=TODAY)
    plan_mailing(mailing=draft, actor=STAFF, at=timezone.now())
    outbox_engine.round()
    client = staff(superuser=True)
    message = OutboxMessage.objects.get()
    page = client.get(reverse("admin:delivery_outboxmessage_change", args=[message.pk]))
    assert b"sandbox" in page.content
    assert b"List-Unsubscribe" in page.content


def test_the_dashboard_counts_what_went_wrong(staff, mailing, organisation, person) -> None:
    from backoffice.delivery.surfaces import TILES

    values = {"mail_class": "contract", "lane": "contract", "kind": "x"}
    for state in ("uncertain", "bounced", "sent"):
        Delivery.objects.create(
            state=state, address=f"{state}@example.org", message_id=state,
            settled_at=timezone.now(), **values,
        )  # fmt: skip
    LaneState.objects.create(key="bulk", paused_at=timezone.now())
    counts = {name: tile.count(TODAY) for name, tile in TILES.items()}
    assert counts == {
        "mail failed": 1, "mail uncertain": 1, "mail stopped": 1, "mail unsorted": 0,
    }  # fmt: skip
    client = staff(superuser=True)
    for tile in TILES.values():
        assert client.get(tile.url()).status_code == 200
