"""Billing in a real browser: run, invoice, inbox, overdue desk, simulation; what a payer opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Page, expect

from backoffice.presets import load_groups
from billing.messages import download_token, order_token
from billing.models import (
    BankEntry,
    BankStatement,
    BillingRun,
    FeeSchedule,
    Invoice,
    OrderRequest,
    Payment,
)
from billing.services.dunning import load_preset_ladder
from billing.services.issue import issue_items
from billing.services.orders import ask_for_order
from billing.services.proposals import propose_bands
from tests.billing import world
from tests.factories import roll

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Accessible = Callable[[Page], None]
Shots = Callable[[Page, str], list]
LONG = "Consortium of the Universities of the Northern Provinces and their Libraries"


@dataclass
class Cast:
    run: BillingRun
    invoice: Invoice
    order: OrderRequest
    entry: BankEntry
    second: FeeSchedule


@pytest.fixture
def cast(settings, live_server) -> Cast:
    """A year billed with a consortium in it, everything overdue, money in the inbox, a proposal."""
    cache.clear()
    settings.ROLLCALL_DEMO = True
    world.make_agency()
    load_groups("datacite", world.PREPARER, world.DAY)
    load_preset_ladder("datacite", world.PREPARER, world.DAY)
    lead = world.make_member(LONG, "consortium")
    members = [
        world.make_member(f"University {n}", "consortium_organization", lead=lead, contact=False)
        for n in range(6)
    ]
    library = world.make_member("Library of Alexandria", country="FR")
    university = world.make_member("東京研究大学", country="JP", purchase_order_needed=True)
    counts = {organisation: 2_500 * n for n, organisation in enumerate(members)}
    run = world.issuing_run(
        world.sealed_usage({**counts, lead: 0, library: 120_000, university: 40})
    )
    issue_items(run=run, actor=world.PREPARER, clock=lambda: world.NOW)
    invoice = Invoice.objects.get(payer=lead)
    order = ask_for_order(
        organisation=university, year=2024, actor=world.PREPARER,
        at=datetime(2023, 11, 1, tzinfo=UTC),
    )  # fmt: skip
    statement = BankStatement.objects.create(account="DE02120300000000202051", number="5")
    entry = BankEntry.objects.create(
        statement=statement, key="k1", booked_on=date(2023, 5, 2), currency="EUR",
        amount=invoice.gross_amount, counterparty="Treasury of the Northern Provinces", text="fees",
    )  # fmt: skip
    schedule = FeeSchedule.objects.get(code="datacite-2026")
    groups = [{"group": "all", "amount": "450.00", "countries": ["DE", "FR", "JP"]}]
    second = propose_bands(
        schedule=schedule, component="infrastructure_fee", groups=groups, actor=world.PREPARER
    )
    return Cast(run, invoice, order, entry, second)


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "finance@agency.example.org")
    page.fill("input[name=password]", "test-password")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def looked_at(page: Page, path: str, name: str, accessible: Accessible, shots: Shots) -> None:
    """Light, dark and phone: axe finds nothing, and nothing is wider than a phone."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(path)
    page.wait_for_load_state("networkidle")
    accessible(page)
    page.evaluate("document.documentElement.classList.add('dark')")
    accessible(page)
    page.evaluate("document.documentElement.classList.remove('dark')")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{name} on a phone"
    accessible(page)
    shots(page, name)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_the_screens_of_a_year(
    cast: Cast, page: Page, assert_accessible: Accessible, take_screenshots: Shots
) -> None:
    roll.staff("finance")
    sign_in(page)
    run, invoice = cast.run.pk, cast.invoice.pk
    first = FeeSchedule.objects.get(code="datacite-2023").pk
    compared = f"first={first}&second={cast.second.pk}&year=2023&snapshot={cast.run.snapshot_id}"
    for name, path in {
        "run": reverse("admin:billing_billingrun_change", args=[run]),
        "invoice": reverse("admin:billing_invoice_change", args=[invoice]),
        "inbox": reverse("admin:payment_inbox"),
        "overdue": reverse("admin:overdue_desk"),
        "payer": reverse("admin:overdue_payer", args=[cast.invoice.payer_id, "EUR"]),
        "simulation": f"{reverse('admin:fee_simulation')}?{compared}",
        "simulation-bands": f"{reverse('admin:fee_simulation')}?{compared}&view=band",
        "usage": reverse("admin:billing_usagesnapshot_change", args=[cast.run.snapshot_id]),
        "schedule": reverse("admin:billing_feeschedule_change", args=[cast.second.pk]),
        "procurement": reverse("admin:procurement"),
        "vat": reverse("admin:vat_desk"),
        "letters": reverse("admin:billing_letters"),
        "reports": f"{reverse('admin:billing_reports')}?start=2023-01-01&end=2023-12-31",
    }.items():
        looked_at(page, path, f"billing-{name}", assert_accessible, take_screenshots)


def test_money_is_matched_and_the_rest_reminded(cast: Cast, page: Page) -> None:
    roll.staff("finance")
    sign_in(page)
    page.goto(reverse("admin:payment_inbox"))
    expect(page.get_by_role("heading", name="Treasury of the Northern Provinces")).to_be_visible()
    expect(page.get_by_text(LONG).first).to_be_visible()
    page.get_by_role("button", name="Settle").click()
    page.wait_for_load_state("networkidle")
    assert Payment.objects.get().amount == cast.invoice.gross_amount
    page.goto(reverse("admin:billing_invoice_change", args=[cast.invoice.pk]))
    expect(page.get_by_text("paid", exact=True)).to_be_visible()
    page.goto(reverse("admin:overdue_desk"))
    expect(page.get_by_text("Library of Alexandria").first).to_be_visible()
    expect(page.get_by_text(LONG)).to_have_count(0)
    page.get_by_role("link", name="Go through one by one").click()
    page.get_by_text("Read the mail").first.click()
    page.get_by_role("button", name="Send this reminder").click()
    page.wait_for_load_state("networkidle")
    assert cast.run.invoices.filter(dunned__isnull=False).count() == 1


def test_what_a_payer_opens_without_a_login(
    cast: Cast, page: Page, assert_accessible: Accessible, take_screenshots: Shots
) -> None:
    invoice = cast.invoice
    path = reverse("billing:page", args=[invoice.pk, download_token(invoice)])
    looked_at(page, path, "billing-public-invoice", assert_accessible, take_screenshots)
    expect(page.get_by_text(invoice.number or "").first).to_be_visible()
    path = reverse("billing:order", args=[cast.order.pk, order_token(cast.order)])
    looked_at(page, path, "billing-public-order", assert_accessible, take_screenshots)
    page.goto(path)
    page.fill("input[name=order_reference]", "PO 4711")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert_accessible(page)
    cast.order.refresh_from_db()
    assert (cast.order.state, cast.order.order_reference) == ("answered", "PO 4711")
