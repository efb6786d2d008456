"""The assembly pack gathers all apps: fees due and paid, requests about data, and the links."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client

from backoffice.presets import load_groups
from billing.services.issue import issue_items
from billing.services.payments import record_payment
from contacts.privacy.services.opening import open_case
from governance import pack, presets
from governance.models import Body, Meeting
from tests.billing import world
from tests.factories import roll as cast

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SINCE, UNTIL = date(2022, 4, 1), date(2023, 4, 1)


@pytest.fixture
def sections():
    world.make_agency()
    presets.load("datacite", world.PREPARER, world.DAY)
    load_groups("datacite", world.PREPARER, world.DAY)
    usage = world.sealed_usage({world.make_member(n, language="de"): 1000 for n in "ABC"})
    run = world.issuing_run(usage)
    issue_items(run=run, actor=world.PREPARER, clock=lambda: world.NOW)
    first, second, _third = run.invoices.order_by("sequence")
    for invoice, amount in ((first, first.gross_amount), (second, Decimal("1000.00"))):
        record_payment(
            amount=amount, currency="EUR", received_on=date(2023, 2, 1), parts=[(invoice, amount)],
            organisation=invoice.payer, actor=world.PREPARER,
        )  # fmt: skip
    for address in ("one@example.org", "two@example.org"):
        open_case(kind="removal", channel="staff", address=address,
                  received_on=date(2023, 1, 5), actor=world.PREPARER)  # fmt: skip
    return {section.title: section for section in pack.build_pack(SINCE, UNTIL)}


def test_fees_and_requests_stand_in_the_pack(sections) -> None:
    gross = Decimal("3927.00")
    paid = gross + 1000
    assert sections["Fees due and paid"].rows == [
        ["EUR", 3, str(3 * gross), "0.00", str(paid), str(3 * gross - paid), str(3 * gross - paid)]
    ]
    assert sections["Requests about personal data"].rows == [["Removal (Art. 17)", 2, 0]]


def test_every_figure_leads_to_a_list_that_opens(sections, client: Client, settings) -> None:
    settings.ROLLCALL_DEMO = True  # waives the second factor, not the permissions
    client.force_login(cast.staff("auditor"))
    meeting = Meeting.objects.create(
        body=Body.objects.get(code="assembly"), kind="ordinary", title="Assembly",
        starts_at=datetime(2023, 4, 1, 12, tzinfo=UTC),
    )  # fmt: skip
    page = client.get(f"/admin/meetings/{meeting.pk}/pack/")
    assert page.status_code == 200
    links = [link for section in sections.values() for link in section.links if link]
    assert len(links) >= 6
    for link in links:
        assert client.get(link).status_code == 200, link
