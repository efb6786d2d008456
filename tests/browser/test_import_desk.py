"""The import desk in a real browser: columns, test, apply, refused rows; the registry's own export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from backoffice.core.models import JobRun
from backoffice.core.services.jobs import execute, start
from contacts.models import ImportRun, Organisation
from tests.browser.test_staff_at_work import sign_in
from tests.factories import roll

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Accessible = Callable[[Page], None]
Shots = Callable[[Page, str], list]


@pytest.fixture(autouse=True)
def house(settings, live_server):
    cache.clear()
    settings.ROLLCALL_DEMO = True
    roll.agency()
    roll.staff("membership")


def work() -> None:
    """What the worker does."""
    for job in JobRun.objects.filter(state="queued"):
        execute(start(str(job.pk), worker="test"))


def test_unknown_columns_are_named_and_remembered(
    page: Page, assert_accessible: Accessible, take_screenshots: Shots, tmp_path: Path
) -> None:
    file = tmp_path / "roll.csv"
    file.write_text("Koerperschaft;Staat\nSteinbruch;DE\nFelsen;Nirgendwo\n", encoding="utf-8")
    sign_in(page, "membership@agency.example.org")
    page.goto("/admin/imports/")
    assert_accessible(page)
    page.select_option("select[name=kind]", "organisations")
    page.set_input_files("input[name=file]", str(file))
    page.get_by_role("button", name="Upload and test").press("Enter")
    page.get_by_label("Koerperschaft").select_option("name")
    page.get_by_label("Staat").select_option("country")
    assert_accessible(page)
    take_screenshots(page, "import-columns")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="Test with these columns").press("Enter")
    expect(page.get_by_text("country: Country “Nirgendwo” is not known.")).to_be_visible()
    assert_accessible(page)
    take_screenshots(page, "import-tested")


@pytest.mark.data
def test_the_registry_export_is_imported(
    page: Page, take_screenshots: Shots, data_folder: Path
) -> None:
    file = data_folder / "incumbent_csv" / "fabrica_organizations_export.csv"
    sign_in(page, "membership@agency.example.org")
    page.goto("/admin/imports/")
    page.select_option("select[name=kind]", "fabrica-organizations")
    page.set_input_files("input[name=file]", str(file))
    page.get_by_role("button", name="Upload and test").press("Enter")
    page.get_by_role("link", name="Apply the tested plan").press("Enter")
    page.get_by_role("button", name="Apply the tested plan").press("Enter")
    expect(page.get_by_text("runs in the background")).to_be_visible()
    work()
    run = ImportRun.objects.get()
    assert (run.state, run.read) == ("applied", 120)
    assert Organisation.objects.count() == run.created
    page.reload()
    take_screenshots(page, "import-applied")
    page.goto("/admin/imports/")
    take_screenshots(page, "import-desk")


def test_what_rows_ask_is_decided_on_a_page_of_its_own(
    page: Page, assert_accessible: Accessible, take_screenshots: Shots, tmp_path: Path
) -> None:
    quarry = roll.member("Quarry", country="DE")
    roll.duty(quarry, roll.person("ada@quarry.example.org", "Ada", "Lane"), "billing")
    for _n in range(2):
        Organisation.objects.create(name="Gravel Pit", country="FR")
    file = tmp_path / "people.csv"
    file.write_text(
        "email,first_name,last_name,organisation,roles\n"
        "bo@quarry.example.org,Bo,Reed,Quarry,billing\n"
        "ada@quarry.example.org,Ada,Stone,Quarry,\n"
        "eve@gravel.example.org,Eve,Marsh,Gravel Pit,service\n",
        encoding="utf-8",
    )
    sign_in(page, "membership@agency.example.org")
    page.goto("/admin/imports/")
    page.select_option("select[name=kind]", "contacts")
    page.set_input_files("input[name=file]", str(file))
    page.get_by_role("button", name="Upload and test").press("Enter")
    page.get_by_role("link", name="Decide what rows ask").press("Enter")
    assert_accessible(page)
    take_screenshots(page, "import-decisions")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator("#all-duty").select_option("take_over")
    page.get_by_label("Answer for row 2").select_option("rename")
    second = Organisation.objects.filter(name="Gravel Pit").latest("pk")
    page.get_by_label("Answer for row 3").select_option(f"organisation:{second.pk}")
    page.get_by_role("button", name="Test with these answers").press("Enter")
    expect(page.get_by_text("as decided: takes the duty over.")).to_be_visible()
    expect(page.get_by_role("link", name="Decide what rows ask")).to_have_count(0)
    page.get_by_role("link", name="Apply the tested plan").press("Enter")
    page.get_by_role("button", name="Apply the tested plan").press("Enter")
    expect(page.get_by_text("Waits for the worker, who applies it.")).to_be_visible()
    work()
    # The page looks by itself and is read anew once the work has ended.
    expect(page.get_by_text("Waits for the worker, who applies it.")).to_have_count(0)
    expect(page.get_by_text("Applied", exact=True)).to_be_visible()
    take_screenshots(page, "import-decided")
    assert quarry.duties.get(valid_until=None).contact.given_name == "Bo"
    assert second.duties.get().contact.given_name == "Eve"
