"""Every registered page opens for those who may, and only for them."""

import pytest
from django.contrib import admin
from django.urls import reverse

from backoffice.core.admin_bases.pages import STAFF_PAGES
from backoffice.presets import GROUPS
from tests.factories import roll

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(settings):
    settings.ROLLCALL_DEMO = True
    roll.agency()


@pytest.mark.parametrize("group", list(GROUPS))
def test_lists_and_add_forms(house, client, group: str) -> None:
    user = roll.staff(group)
    client.force_login(user)
    assert client.get("/admin/").status_code == 200
    for model in admin.site._registry:
        meta = model._meta
        base = f"admin:{meta.app_label}_{meta.model_name}"
        allowed = user.has_perm(f"{meta.app_label}.view_{meta.model_name}") or user.has_perm(
            f"{meta.app_label}.change_{meta.model_name}"
        )
        status = client.get(reverse(f"{base}_changelist")).status_code
        assert status == (200 if allowed else 403), f"{base} {group} {status}"
        adds = client.get(reverse(f"{base}_add"))
        may_add = user.has_perm(f"{meta.app_label}.add_{meta.model_name}")
        if adds.status_code == 302:
            # A form of its own, which asks for the permission itself.
            adds = client.get(adds["Location"])
        if not may_add:
            assert adds.status_code == 403, f"{base}_add {group} {adds.status_code}"
        else:
            assert adds.status_code in (200, 302, 403), f"{base}_add {group} {adds.status_code}"


@pytest.mark.parametrize("group", list(GROUPS))
def test_staff_pages(house, client, group: str) -> None:
    user = roll.staff(group)
    client.force_login(user)
    for name, page in STAFF_PAGES:
        if "<" in page.path:
            continue
        status = client.get(reverse(f"admin:{name}")).status_code
        assert status == (200 if user.has_perm(page.permission) else 403), (
            f"{name} {group} {status}"
        )


def test_nothing_of_legal_weight_can_be_deleted(house, client) -> None:
    client.force_login(roll.staff("administrator"))
    deletable = {
        f"{model._meta.app_label}.{model._meta.model_name}"
        for model, model_admin in admin.site._registry.items()
        if getattr(model_admin, "deletable", True)
    }
    assert deletable <= {
        "contacts.tag", "contacts.dutyrule", "contacts.savedmapping", "core.fieldhelp",
        "core.savedview", "account.emailaddress", "mfa.authenticator", "socialaccount.socialapp",
        "socialaccount.socialaccount", "socialaccount.socialtoken", "usersessions.usersession",
        "django_tasks_database.dbtaskresult",
    }  # fmt: skip


def test_staff_without_a_second_factor_cannot_open_the_admin(settings, client) -> None:
    settings.ROLLCALL_DEMO = False
    roll.agency()
    client.force_login(roll.staff("administrator"))
    for path in ("/admin/", "/admin/contacts/organisation/", "/admin/duty-board/"):
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/2fa/")


def test_a_visitor_is_sent_to_the_sign_in(house, client) -> None:
    response = client.get("/admin/")
    assert response.status_code == 302
    assert "login" in response["Location"]


def test_palette_is_bounded_and_asks_for_permission(house, client, django_assert_max_num_queries):
    for number in range(30):
        roll.member(f"Alpine {number}")
    client.force_login(roll.staff("membership"))
    with django_assert_max_num_queries(18):
        page = client.get("/admin/search/?s=alpine&extended=1")
    assert page.content.count(b"Alpine ") <= 24
    client.force_login(roll.staff("privacy officer"))
    seen = client.get("/admin/search/?s=alpine&extended=1").content
    assert b"Alpine" in seen
    nobody = roll.User.objects.create_user("none@agency.example.org", "x", is_staff=True)
    client.force_login(nobody)
    assert b"Alpine" not in client.get("/admin/search/?s=alpine&extended=1").content
