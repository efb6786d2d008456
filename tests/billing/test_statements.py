"""Consortium and sponsor statements: the lead's shares, and each child's own line, read-only."""

from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.models import User
from billing.messages import download_token, share_token
from billing.services.issue import issue_items
from billing.services.runs import finish_issuing
from contacts.models import Contact
from tests.billing.world import NOW, PREPARER, issuing_run, make_agency, make_member, sealed_usage

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def consortium():
    make_agency()
    lead = make_member("Lead Library", "consortium")
    children = [make_member(f"Child {n}", "consortium_organization", lead=lead) for n in range(6)]
    run = issuing_run(sealed_usage(dict.fromkeys(children, 1900)))
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    finish_issuing(run=run, actor=PREPARER, at=NOW)
    return run.invoices.get(), lead, children


def signed_in(client, organisation):
    contact = Contact.objects.get(duties__organisation=organisation)
    user = User.objects.create(email=f"c{contact.pk}@example.org")
    contact.user = user
    contact.save()
    client.force_login(user)
    return client


def test_a_child_sees_its_own_share_and_nothing_of_the_others(consortium, client):
    invoice, _lead, children = consortium
    page = reverse("billing:share", args=[invoice.pk, children[0].pk,
                                          share_token(invoice, children[0].pk)])  # fmt: skip
    content = client.get(page).content.decode()
    assert "Child 0" in content
    assert "Child 1" not in content
    assert "2,020.00" in content
    assert "-1,020.00" in content
    assert "1,000.00" in content
    assert "Lead Library" in content
    other = reverse("billing:share", args=[invoice.pk, children[1].pk,
                                           share_token(invoice, children[0].pk)])  # fmt: skip
    assert client.get(other).status_code == 404
    assert client.post(page).status_code == 405


def test_the_lead_finds_the_file_to_re_bill_from_on_the_page(consortium, client):
    invoice, _lead, _children = consortium
    page = reverse("billing:page", args=[invoice.pk, download_token(invoice)])
    content = client.get(page).content.decode()
    assert "shares.csv" in content
    assert all(f"Child {n}" in content for n in range(6))
    rows = client.get(page.replace("/page/", "/shares.csv")).content.decode().splitlines()
    total = sum(Decimal(row.split(",")[7]) for row in rows[1:])
    assert total == invoice.gross_amount


def test_my_invoices_show_own_documents_and_shares_elsewhere(consortium, client):
    invoice, lead, children = consortium
    page = reverse("billing:my_invoices")
    assert client.get(page).status_code == 302
    mine = signed_in(client, lead).get(page).content.decode()
    assert invoice.number in mine
    assert "Shares in invoices" not in mine
    theirs = signed_in(client, children[2]).get(page).content.decode()
    assert "Child 2" in theirs
    assert "Child 3" not in theirs
    assert share_token(invoice, children[2].pk) in theirs
    assert download_token(invoice) not in theirs
    stranger = User.objects.create(email="stranger@example.org")
    client.force_login(stranger)
    assert invoice.number not in client.get(page).content.decode()
