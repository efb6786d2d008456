"""A stored document opens with the permission of its kind, and restoring respects save rules."""

from __future__ import annotations

import ast

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from backoffice.core.admin_bases import ReadOnlyAdmin
from backoffice.core.admin_bases.models import RollcallAdmin
from backoffice.core.admin_bases.restoring import restorable_fields
from backoffice.core.models import AuditEvent, StoredDocument, User
from backoffice.core.services import audit, documents
from contacts.models import Organisation
from mailings.models import Mailing, Segment
from tests.architecture.source import source_files, tree
from tests.factories import roll

pytestmark = pytest.mark.django_db
KINDS = documents.DOCUMENT_PERMISSIONS


@pytest.fixture(autouse=True)
def _demo(settings, tmp_path) -> None:
    settings.ROLLCALL_DEMO = True  # waives the second factor
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            **settings.STORAGES["default"],
            "OPTIONS": {**settings.STORAGES["default"]["OPTIONS"], "location": str(tmp_path)},
        },
    }


def stored(kind: str) -> StoredDocument:
    return documents.store_new(
        kind.encode(), kind=kind, subject="", file_name=f"{kind}.txt", media_type="text/plain"
    )


def login(*permissions: str) -> User:
    user = User.objects.create_user(f"s{User.objects.count()}@agency.example.org", is_staff=True)
    for name in ("core.view_storeddocument", *permissions):
        app, _dot, codename = name.partition(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return user


def download(client: Client, document: StoredDocument) -> int:
    url = reverse("admin:core_storeddocument_do", args=[document.pk, "download"])
    return client.post(url).status_code


@pytest.mark.parametrize("kind", KINDS.names())
def test_a_kind_opens_with_its_own_permission_only(client, kind: str) -> None:
    document, listing = stored(kind), reverse("admin:core_storeddocument_changelist")
    client.force_login(login())
    assert document.file_name not in client.get(listing).content.decode()
    assert download(client, document) in (302, 403, 404)
    assert not AuditEvent.objects.filter(stream="documents").exists()
    client.force_login(login(KINDS.get(kind)))
    assert document.file_name in client.get(listing).content.decode()
    assert download(client, document) == 200
    assert AuditEvent.objects.filter(stream="documents").count() == 1


def test_a_kind_nobody_registered_opens_to_nobody(client) -> None:
    document = stored("surprise")
    user = login()
    user.is_superuser = True
    user.save()
    client.force_login(user)
    assert not documents.may_open(user, "surprise")
    assert download(client, document) != 200


def constants(path) -> dict[str, str]:
    """Name → text of the constants that a module defines."""
    return {
        target.id: node.value.value
        for node in tree(path).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def kinds_stored() -> set[str]:
    """The kind of every document that some call plans or stores, by its name or its constant."""
    used = set()
    for path in source_files():
        for node in ast.walk(tree(path)):
            called = getattr(node, "func", None)
            name = getattr(called, "attr", getattr(called, "id", ""))
            if not isinstance(node, ast.Call) or name not in ("plan_document", "store_new"):
                continue
            for word in node.keywords:
                if word.arg == "kind" and isinstance(word.value, ast.Constant):
                    used.add(word.value.value)
                elif word.arg == "kind" and isinstance(word.value, ast.Name):
                    used.add(constants(path).get(word.value.id, word.value.id))
    return used - {"kind"}  # handed on by a function of the kernel


def test_every_kind_in_the_code_has_a_permission_that_exists() -> None:
    used = kinds_stored()
    assert used == set(KINDS.names())
    for _kind, permission in KINDS:
        app, _dot, codename = permission.partition(".")
        assert Permission.objects.filter(content_type__app_label=app, codename=codename).exists(), (
            permission
        )


def test_admins_with_rules_of_saving_restore_nothing() -> None:
    wrong = []
    for model, model_admin in admin.site._registry.items():
        if not isinstance(model_admin, RollcallAdmin) or isinstance(model_admin, ReadOnlyAdmin):
            continue
        has_state = any(field.name == "state" for field in model._meta.concrete_fields)
        ruled = model._meta.app_label in ("mailings", "billing", "governance") and has_state
        if getattr(model, "history", None) is not None and ruled and model_admin.restorable:
            wrong.append(model._meta.label)
    assert wrong == []


def test_an_approved_mailing_is_not_changed_past_its_approval(client, rf) -> None:
    user = login("mailings.view_mailing", "mailings.change_mailing")
    mailing = Mailing.objects.create(
        name="A", subject="First", body="x", mail_class="contract",
        segment=Segment.objects.create(name="S", rule={}),
    )  # fmt: skip
    mailing.subject, mailing.state = "Second", "approved"
    mailing.save()
    request = rf.get("/")
    request.user = user
    model_admin = admin.site._registry[Mailing]
    assert model_admin.has_change_permission(request, mailing)
    assert restorable_fields(model_admin, request, mailing) == set()
    client.force_login(user)
    first = Mailing.history.filter(id=mailing.pk).earliest("history_id")
    url = reverse("admin:mailings_mailing_restore", args=[mailing.pk, first.history_id, "subject"])
    assert client.post(url).status_code == 403
    mailing.refresh_from_db()
    assert (mailing.subject, mailing.state) == ("Second", "approved")


def test_a_restore_without_its_audit_entry_changes_nothing(client, monkeypatch) -> None:
    roll.agency()
    house = roll.member("Quarry University", website="https://quarry.example.org")
    house.website = "https://wrong.example.org"
    house.save()
    first = Organisation.history.filter(id=house.pk).earliest("history_id")
    client.force_login(roll.staff("membership"))

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no audit")

    monkeypatch.setattr(audit, "record", fail)
    url = reverse(
        "admin:contacts_organisation_restore", args=[house.pk, first.history_id, "website"]
    )
    with pytest.raises(RuntimeError, match="no audit"):
        client.post(url)
    house.refresh_from_db()
    assert house.website == "https://wrong.example.org"


def test_the_front_door_shows_the_way_to_the_newsletter(client) -> None:
    assert reverse("news_subscribe") in client.get("/").content.decode()
