"""Mailed code for contacts, second factor for staff, sign-ins in the audit log."""

import re
from email import message_from_bytes, policy

import pytest
from django.core.cache import cache

from backoffice.core.models import AuditEvent, User
from backoffice.delivery.models import OutboxMessage
from tests.factories import roll

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _fresh_limits(settings):
    """No limit left over from another test; mail through the real gate, as outside of tests."""
    settings.EMAIL_BACKEND = "backoffice.delivery.backend.GatedBackend"
    cache.clear()


def _code(address: str) -> str:
    raw = OutboxMessage.objects.filter(address=address).latest("id").raw
    message = message_from_bytes(bytes(raw), policy=policy.default)
    text = message.get_body(("plain",)).get_content()
    return re.search(r"\b([A-Z0-9]{3,4}-[A-Z0-9]{3,4}|[A-Z0-9]{6})\b", text).group(1)


def test_a_contact_signs_in_with_a_mailed_code(client) -> None:
    roll.agency()
    one = roll.member("Quarry University")
    zoe = roll.person("zoe@quarry.example.org", "Zoe", "Quist")
    roll.duty(one, zoe, "billing")
    answer = client.post("/accounts/login/code/", {"email": "zoe@quarry.example.org"})
    assert answer.status_code == 302
    done = client.post("/accounts/login/code/confirm/", {"code": _code("zoe@quarry.example.org")})
    assert done.status_code == 302
    page = client.get("/my/")
    assert page.status_code == 200
    assert b"Quarry University" in page.content
    zoe.refresh_from_db()
    assert zoe.user.email == "zoe@quarry.example.org"
    assert client.get("/admin/").status_code == 302


def test_an_unknown_address_gets_the_same_answer_and_no_login(client) -> None:
    roll.agency()
    roll.person("zoe@quarry.example.org", "Zoe", "Quist")
    before = User.objects.count()
    known = client.post("/accounts/login/code/", {"email": "zoe@quarry.example.org"})
    client.logout()
    unknown = client.post("/accounts/login/code/", {"email": "nobody@nowhere.example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert User.objects.count() == before + 1


def test_nobody_signs_up(client) -> None:
    page = client.post(
        "/accounts/signup/",
        {"email": "x@example.org", "password1": "long-enough-1", "password2": "long-enough-1"},
    )
    assert not User.objects.filter(email="x@example.org").exists()
    assert b"closed" in page.content.lower()


def test_staff_sign_ins_and_failures_are_in_the_audit_log(client) -> None:
    roll.agency()
    roll.staff("finance")
    form = {"login": "finance@agency.example.org", "password": "wrong"}
    client.post("/accounts/login/", form)
    client.post("/accounts/login/", {**form, "password": "test-password"})
    acts = list(AuditEvent.objects.filter(stream="sign-in").values_list("action", flat=True))
    assert sorted(acts) == ["failed", "signed_in"]
    assert not AuditEvent.objects.filter(facts__icontains="finance").exists()


def test_failed_sign_ins_are_limited(client) -> None:
    roll.agency()
    roll.staff("finance")
    for _turn in range(12):
        page = client.post(
            "/accounts/login/", {"login": "finance@agency.example.org", "password": "wrong"}
        )
    assert b"Too many failed" in page.content or page.status_code == 429


def test_the_admin_s_own_sign_in_page_leads_to_ours(client) -> None:
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    roll.staff("finance")
    client.force_login(User.objects.get())
    assert client.get("/admin/login/").status_code in (302, 403)


def test_a_browser_that_asks_for_an_icon_is_sent_to_ours(client) -> None:
    assert client.get("/favicon.ico")["Location"].endswith("icon.svg")
