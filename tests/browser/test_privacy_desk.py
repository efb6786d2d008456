"""The privacy desk in a real browser, as the privacy officer: screens, triage, review, public pages."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Page, expect

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.delivery.models import InboundMail
from backoffice.delivery.services.inbound import receive_mail, sort_mail
from contacts.privacy.enums import CaseKind, CaseState
from contacts.privacy.models import AccessExport, PrivacyCase
from contacts.privacy.services import breaches, cases, export, holds, processing_record
from contacts.privacy.services.retention import run_retention
from contacts.services import records
from tests.factories import roll
from tests.privacy import world as cast_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Accessible = Callable[[Page], None]
Shots = Callable[[Page, str], list]


@dataclass
class Desk:
    removal: PrivacyCase
    access: PrivacyCase


def mailed(text: str, sender: str, subject: str = "My data") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "privacy@x.example", subject
    message.set_content(text)
    mail = receive_mail(raw=message.as_bytes(), recipient="privacy@mail.rollcall.example")
    sort_mail(mail=mail, at=dates.now())


@pytest.fixture
def desk(settings, live_server, tmp_path) -> Desk:
    """An executed removal with open tasks, an access request to be read, mails to be read, a rule held
    by the brake, a hold, a breach."""
    cache.clear()
    settings.ROLLCALL_DEMO, settings.VAR_DIR = True, tmp_path
    settings.ROLLCALL_RETENTION_FROM, settings.ROLLCALL_RETENTION_BRAKE = 2, 0.1
    world = cast_of.build()
    mailed("Guten Tag,\nbitte löschen Sie meine Daten nicht, ich habe nur eine Frage dazu.\n"
           "Mit freundlichen Grüßen", "info@bibliothek.example.org", "Frage")  # fmt: skip
    mailed("Send me a copy of my data. Then delete my data.", "reader@home.example")
    removal = cast_of.executed(world)
    ola = roll.person("ola@felsen.example.org", "Ola", "Petersen")
    roll.duty(world.felsen, ola, "billing")
    records.add_note(text="Bram Bauer prefers mornings; in May ask Ola Petersen instead",
                     organisation=world.felsen, contact=world.bram, actor=roll.STAFF)  # fmt: skip
    access = cast_of.asked(CaseKind.ACCESS, cast_of.BRAM)
    access.language = "de"
    access.save()
    cases.identity_seen(case=access, actor=roll.STAFF)
    for n in range(4):
        InboundMail.objects.create(message_key=f"k{n}", recipient="x@y.example", raw=b"x")
    InboundMail.objects.filter(message_key__startswith="k").update(
        received_at=dates.now() - timedelta(days=200)
    )
    holds.set_hold(organisation=world.quarry, reason="Claim 7 before the court in Hannover",
                   since=dates.today(), until=dates.today() + timedelta(days=90),
                   actor=roll.STAFF)  # fmt: skip
    run_retention(key="night", on=dates.today(), dry_run=False, actor=Actor.process("retention"))
    breaches.open_breach(summary="A list was sent to the wrong office", now=dates.now(),
                         detected_at=dates.now() - timedelta(hours=20), actor=roll.STAFF)  # fmt: skip
    processing_record.make_record(on=dates.today(), actor=roll.STAFF)
    return Desk(removal, access)


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "privacy@agency.example.org")
    page.fill("input[name=password]", "test-password")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def looked_at(page: Page, path: str, name: str, accessible: Accessible, shots: Shots) -> None:
    """On a desktop and, dark, on a phone: axe finds nothing, and nothing is wider than the phone.

    Lists keep the furniture of the admin's skin, which is not ours to judge here.
    """
    page.goto(path)
    page.wait_for_load_state("load")
    ours = "change-list" not in (page.locator("body").get_attribute("class") or "")
    if ours:
        accessible(page)
    folder = os.environ.get("ROLLCALL_SCREENSHOTS")
    if folder:
        shots(page, name)
    page.evaluate("document.documentElement.classList.add('dark')")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{name} on a phone"
    if ours:
        accessible(page)
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}-dark.png"), full_page=True)
    page.evaluate("document.documentElement.classList.remove('dark')")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_the_screens_of_the_desk(
    desk: Desk, page: Page, assert_accessible: Accessible, take_screenshots: Shots
) -> None:
    sign_in(page)
    task = desk.removal.tasks.get(processor__code="crm")
    for name, path in {
        "desk": reverse("admin:privacy_privacycase_changelist"),
        "case": reverse("admin:privacy_privacycase_change", args=[desk.removal.pk]),
        "triage": reverse("admin:privacy_triage"),
        "review": reverse("admin:privacy_export_review", args=[desk.access.pk]),
        "retention": reverse("admin:privacy_retention"),
        "holds": reverse("admin:privacy_legalhold_changelist"),
        "record": reverse("admin:privacy_processingrecord_changelist"),
        "breaches": reverse("admin:privacy_breach_changelist"),
        "task": reverse("admin:privacy_processortask_do", args=[task.pk, "settle"]),
    }.items():  # fmt: skip
        looked_at(page, path, f"privacy-{name}", assert_accessible, take_screenshots)


def test_the_officer_files_reads_and_releases(desk: Desk, page: Page) -> None:
    sign_in(page)
    page.goto(reverse("admin:privacy_triage"))
    card = page.get_by_role("region").filter(has_text="reader@home.example")
    expect(card.get_by_label("Removal (Art. 17)")).to_be_checked()
    expect(card.get_by_label("Access (Art. 15, 20)")).to_be_checked()
    card.get_by_role("button", name="File").click()
    expect(page.get_by_text("Filed:")).to_be_visible()
    other = page.get_by_role("region").filter(has_text="info@bibliothek.example.org")
    expect(other.get_by_text("looks like a shared mailbox")).to_be_visible()
    other.get_by_role("button", name="Not a request").click()
    expect(page.get_by_text("Nothing waits to be read.")).to_be_visible()
    page.goto(reverse("admin:privacy_privacycase_change", args=[desk.access.pk]))
    page.get_by_role("link", name="Read and release the export").click()
    page.get_by_role("button", name="Release and send the link").click()
    page.wait_for_load_state("networkidle")
    assert AccessExport.objects.filter(case=desk.access).exists()
    page.goto(reverse("admin:privacy_retention"))
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("Released; it is being carried out.")).to_be_visible()


def test_the_public_pages(
    desk: Desk, page: Page, assert_accessible: Accessible, take_screenshots: Shots, tmp_path: Path
) -> None:
    looked_at(page, "/p/request/", "privacy-public", assert_accessible, take_screenshots)
    page.get_by_label("Your e-mail address").fill("somebody@home.example")
    page.get_by_label("Stop writing to me").check()
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url("**/p/thanks/")
    assert_accessible(page)
    assert PrivacyCase.objects.filter(kind=CaseKind.OBJECTION).count() == 1
    draft = export.draft_export(desk.access)
    export.release_export(case=desk.access, seen=draft.digest, decisions={}, on=dates.today(),
                          actor=roll.STAFF)  # fmt: skip
    assert desk.access.state == CaseState.ANSWERED
    looked_at(page, f"/p/export/{export.export_token(desk.access)}/", "privacy-export",
              assert_accessible, take_screenshots)  # fmt: skip
    body = export.export_page(export.build_export(desk.access, on=dates.today()), "de")
    saved = tmp_path / "my-data.html"
    saved.write_text(body, encoding="utf-8")
    looked_at(page, saved.as_uri(), "privacy-export-page", assert_accessible, take_screenshots)
