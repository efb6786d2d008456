"""A group outside beside a topic: leaving it is leaving the topic, suppression wins, nobody is readded."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from backoffice.core.errors import RuleBroken, Unreadable
from backoffice.core.models import StoredDocument
from backoffice.delivery.services.suppression import active_scopes, suppress
from mailings.models import ConsentRecord, GroupLink, Subscription
from mailings.services.groups import apply_plan, as_csv, make_plan
from tests.mailings.conftest import STAFF, TODAY
from tests.mailings.test_staff_pages import _demo, staff  # noqa: F401

pytestmark = [pytest.mark.django_db]
HEAD = (
    '"Members for group announce@example.org"\n'
    "Email address,Nickname,Group status,Email status,Email preference,Posting permissions\n"
)


def export(*lines: str) -> bytes:
    """Google's own export: a title line, then one member a line as ``address[,status]``."""
    rows = []
    for line in lines:
        address, _comma, status = line.partition(",")
        rows.append(f"{address},,{status or 'member'},,email,allowed")
    return (HEAD + "\n".join(rows) + "\n").encode()


@pytest.fixture
def group(topic) -> GroupLink:
    return GroupLink.objects.create(name="announce", topic=topic, most_removals=50)


@pytest.fixture
def subscriber(topic):
    def make(address: str) -> Subscription:
        return Subscription.objects.create(
            topic=topic, address=address, state="active", requested_at=timezone.now(),
            confirmed_at=timezone.now(),
        )  # fmt: skip

    return make


def apply(group: GroupLink, content: bytes, **changes):
    plan = make_plan(group, content, "members.csv", on=TODAY)
    values = {"digest": plan.digest, "allow_many": False, **changes}
    return apply_plan(
        group=group, content=content, file_name="members.csv", actor=STAFF, at=timezone.now(),
        on=TODAY, **values,
    )  # fmt: skip


def test_the_plan_names_every_direction(group, subscriber) -> None:
    for name in ("stays", "new"):
        subscriber(f"{name}@example.org")
    content = export("stays@example.org", "stranger@example.org", "boss@example.org,owner", "no-at")
    plan = make_plan(group, content, "members.csv", on=TODAY)
    assert (plan.members, plan.stay, plan.add) == (3, 1, ["new@example.org"])
    assert plan.remove == [("stranger@example.org", "not in the topic")]
    assert (plan.staff, len(plan.unusable)) == (["boss@example.org"], 1)
    assert Subscription.objects.count() == 2


def test_who_left_the_group_has_left_the_topic(group, subscriber) -> None:
    leaves = subscriber("leaves@example.org")
    apply(group, export("leaves@example.org"))
    plan = apply(group, export())
    assert plan.left == ["leaves@example.org"]
    leaves.refresh_from_db()
    assert leaves.state == "ended"
    assert active_scopes("leaves@example.org") == {"topic:newsletter"}
    assert ConsentRecord.objects.filter(subscription=leaves).count() == 1
    again = make_plan(group, export(), "members.csv", on=TODAY)
    assert (again.add, again.left) == ([], [])


def test_who_was_to_be_added_and_is_not_in_is_asked_about_not_added_again(
    group, subscriber
) -> None:
    subscriber("slow@example.org")
    assert apply(group, export()).add == ["slow@example.org"]
    plan = make_plan(group, export(), "members.csv", on=TODAY)
    assert (plan.add, plan.unclear) == ([], ["slow@example.org"])


def test_suppression_wins(group, subscriber) -> None:
    subscriber("gone@example.org")
    suppress("gone@example.org", scope="optional", reason="objection", actor=STAFF)
    plan = make_plan(group, export("gone@example.org"), "members.csv", on=TODAY)
    assert [address for address, _why in plan.remove] == ["gone@example.org"]
    assert make_plan(group, export(), "members.csv", on=TODAY).add == []


def test_too_many_removals_and_a_plan_that_changed_are_refused(group, subscriber) -> None:
    content = export(*(f"s{n}@example.org" for n in range(4)))
    with pytest.raises(RuleBroken, match="4 removals are more than the limit of 2"):
        apply(group, content)
    assert not group.members.exists()
    apply(group, content, allow_many=True)
    plan = make_plan(group, content, "members.csv", on=TODAY)
    subscriber("new@example.org")
    with pytest.raises(RuleBroken, match="changed since"):
        apply(group, content, digest=plan.digest, allow_many=True)


def test_what_is_no_export_is_refused(group) -> None:
    with pytest.raises(Unreadable):
        make_plan(group, b"%PDF-1.7 nonsense", "members.pdf", on=TODAY)


def test_the_list_for_the_group_is_harmless_in_a_spreadsheet(group, subscriber) -> None:
    plan = make_plan(group, export("=cmd@example.org"), "members.csv", on=TODAY)
    assert "\nremove,'=cmd@example.org" in as_csv(plan).replace("\r\n", "\n")


def test_the_page_shows_the_plan_and_carries_out_that_one(staff, group, subscriber) -> None:  # noqa: F811
    subscriber("new@example.org")
    page = reverse("admin:group_comparison", args=[group.pk])
    client = staff("view_grouplink", "apply_grouplink")
    upload = SimpleUploadedFile("members.csv", export("old@example.org"), "text/csv")
    shown = client.post(page, {"file": upload}, follow=True)
    assert "new@example.org" in shown.content.decode()
    chosen, digest = shown.context["chosen"].pk, shown.context["plan"].digest
    assert not group.members.exists()
    listed = client.post(page, {"chosen": chosen, "download": "1"})
    assert b"add,new@example.org" in listed.content
    client.post(page, {"chosen": chosen, "apply": "1", "digest": digest, "allow_many": "1"})
    assert group.members.count() == 2
    assert StoredDocument.objects.get().delete_after is not None
    assert client.get(page, {"file": "no-uuid"}).status_code == 200


def test_who_may_only_look_cannot_compare(staff, group) -> None:  # noqa: F811
    client = staff("view_grouplink")
    page = reverse("admin:group_comparison", args=[group.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"file": SimpleUploadedFile("m.csv", b"x")}).status_code == 403
    assert not StoredDocument.objects.exists()
