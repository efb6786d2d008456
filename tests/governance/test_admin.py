"""The desk, the buttons and their permissions."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from backoffice.core.models import User
from governance.enums import ElectionState
from governance.models import Election
from governance.services import keys
from tests.governance import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(settings) -> None:
    settings.ROLLCALL_DEMO = True  # waives the second factor, not the permissions


def staff(name: str, *codes: str) -> Client:
    person = world.user(name, is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client = Client()
    client.force_login(person)
    return client


VIEW = ("view_election", "view_rollentry", "view_rollcorrection", "view_contest")


def do(election: Election, name: str) -> str:
    return reverse("admin:governance_election_do", args=[election.pk, name])


def test_two_people_fix_a_definition_through_the_admin() -> None:
    world.make_members(5)
    election = world.draft()
    for name in ("one", "two"):
        client = staff(name, *VIEW, "run_election")
        shown = client.get(do(election, "read-back"))
        assert (
            "Board: 2 seat(s), rule plurality-at-large. Ash, Birch, Cedar" in shown.content.decode()
        )
        identity = shown.context["form"].fields["definition_id"].initial
        answer = client.post(
            do(election, "read-back"), {"definition_id": identity, "confirm": "on"}
        )
        assert answer.status_code == 302
    election.refresh_from_db()
    assert election.state == ElectionState.DEFINED


def test_the_whole_way_to_open_voting_through_the_admin(tmp_path: Path) -> None:
    world.make_members(5)
    election = world.fix(world.draft(**world.now_open()))
    client = staff("runner", *VIEW, "run_election")
    assert client.post(do(election, "freeze-roll")).status_code == 302
    (tmp_path / "definition.json").write_bytes(client.get(
        reverse("governance:definition", args=[election.slug])).content)  # fmt: skip
    world.call("keygen", "--definition", tmp_path / "definition.json", "--out", tmp_path)
    world.call("split", "--key", tmp_path / "secret.key", "--out", tmp_path)
    upload(client, election, "hand-in-keys", tmp_path / "keys.json")
    box = client.post(do(election, "rehearsal-box"))
    (tmp_path / "rehearsal-box.json").write_bytes(box.content)
    world.call("rehearse", *world.held(tmp_path, "rehearsal-box.json", (2, 3)), "--out", tmp_path)
    upload(client, election, "hand-in-rehearsal", tmp_path / "rehearsal.json")
    for name in ("open", "send-links", "remind"):
        assert client.post(do(election, name)).status_code == 302, name
    election.refresh_from_db()
    assert election.state == ElectionState.OPEN
    desk = client.get(reverse("admin:election_desk", args=[election.pk]))
    assert 'aria-current="step"' in desk.content.decode()


def upload(client: Client, election: Election, name: str, path: Path) -> None:
    file = SimpleUploadedFile(path.name, path.read_bytes())
    answer = client.post(do(election, name), {"file": file})
    assert answer.status_code == 302, answer.content.decode()[-2000:]


def test_a_wrong_file_is_refused_in_words_and_changes_nothing(tmp_path: Path) -> None:
    world.make_members(5)
    election = world.fix(world.draft())
    world.roll.freeze_roll(election=election, on=world.TODAY, actor=world.SYSTEM)
    client = staff("runner", *VIEW, "run_election")
    for content in (b"not json", b"[]", b"{}"):
        answer = client.post(
            do(election, "hand-in-keys"), {"file": SimpleUploadedFile("keys.json", content)}
        )
        assert answer.status_code == 200
    election.refresh_from_db()
    assert election.state == ElectionState.ROLLED


def test_an_observer_sees_the_desk_without_a_button() -> None:
    world.make_members(5)
    election = world.fix(world.draft())
    client = staff("observer", *VIEW, "observe_election")
    text = client.get(reverse("admin:election_desk", args=[election.pk])).content.decode()
    assert "Board election 2027" in text
    assert "/do/" not in text
    for name in ("freeze-roll", "open", "cancel", "certify", "count"):
        assert client.post(do(election, name)).status_code in (302, 403)
    election.refresh_from_db()
    assert election.state == ElectionState.DEFINED


def test_every_operation_is_refused_without_its_permission() -> None:
    from governance.admin_operations import ALL

    world.make_members(5)
    election = world.draft()
    client = staff("nobody", *VIEW)
    for operation in ALL:
        assert client.post(do(election, operation.name)).status_code == 403, operation.name
    stranger = staff("stranger")
    assert stranger.get(reverse("admin:election_desk", args=[election.pk])).status_code == 403


def test_a_fixed_election_cannot_be_edited_in_the_admin(tmp_path: Path) -> None:
    world.make_members(5)
    election = world.opened(tmp_path)
    client = staff("editor", *VIEW, "change_election", "change_contest", "delete_election",
                   "change_option", "delete_contest")  # fmt: skip
    page = reverse("admin:governance_election_change", args=[election.pk])
    client.post(page, {"title": "Other", "threshold": "3"})
    contest = election.contests.first()
    client.post(reverse("admin:governance_contest_change", args=[contest.pk]), {"seats": "9"})
    election.refresh_from_db()
    contest.refresh_from_db()
    assert (election.title, contest.seats) == ("Board election 2027", 2)
    assert client.get(page).status_code == 200
    assert client.post(
        reverse("admin:governance_election_delete", args=[election.pk])
    ).status_code in (403, 404)


def test_lists_open_and_show_no_means_to_vote(tmp_path: Path) -> None:
    world.make_members(6)
    election = world.opened(tmp_path)
    boss = User.objects.create_superuser("boss@agency.example.org", "x")
    client = Client()
    client.force_login(boss)
    for model in ("election", "rollentry", "rollcorrection", "body", "term", "meeting",
                  "nomination", "contest"):  # fmt: skip
        answer = client.get(reverse(f"admin:governance_{model}_changelist"))
        assert answer.status_code == 200, model
    entry = election.roll.first()
    text = client.get(
        reverse("admin:governance_rollentry_change", args=[entry.pk])
    ).content.decode()
    for secret in (entry.token_hash, entry.salt, str(entry.pseudonym)):
        assert secret not in text
    desk = client.get(reverse("admin:election_desk", args=[election.pk])).content.decode()
    assert str(entry.pseudonym) not in desk
    assert keys.rehearsal_box is not None
