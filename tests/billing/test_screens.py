"""Staff pages answer, ask for their own permission, and each act is one POST."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from backoffice.core.dates import today
from backoffice.core.models import User
from billing.messages import download_token
from billing.models import BankEntry, BillingRun, Invoice, Payment
from billing.services.dunning import load_preset_ladder
from billing.services.issue import issue_items
from billing.services.printing import pending_documents, print_documents
from billing.services.runs import finish_issuing
from tests.billing.world import (
    DAY,
    NOW,
    PREPARER,
    computed_run,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def staff(client, settings):
    settings.ROLLCALL_DEMO = True

    def sign_in(*permissions):
        user = User.objects.create(email=f"s{User.objects.count()}@example.org", is_staff=True)
        for name in permissions:
            app, codename = name.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=app, codename=codename)
            )
        if not permissions:
            User.objects.filter(pk=user.pk).update(is_superuser=True)
            user.refresh_from_db()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def invoice():
    make_agency()
    load_preset_ladder("datacite", PREPARER, DAY)
    run = issuing_run(sealed_usage({make_member("Library"): 1000}))
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    finish_issuing(run=run, actor=PREPARER, at=NOW)
    return run.invoices.get()


def camt(reference, amount):
    return f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Id>1</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct><Ntry>
<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2023-01-20</Dt></BookgDt><AcctSvcrRef>X1</AcctSvcrRef><NtryDtls><TxDtls><RmtInf>
<Ustrd>{reference}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>
""".encode()


@pytest.mark.parametrize(
    "name",
    ["new_billing_run", "payment_inbox", "overdue_desk", "fee_simulation"],
)
def test_desks_answer_and_refuse_others(name, staff, invoice):
    assert staff().get(reverse(f"admin:{name}")).status_code == 200
    assert staff("contacts.view_contact").get(reverse(f"admin:{name}")).status_code == 403


@pytest.mark.parametrize(
    "model",
    ["billingrun", "invoice", "payment", "bankentry", "bankstatement", "feeschedule",
     "usagesnapshot", "usagerow", "billingprofile", "vatcheck", "dunningstep"],
)  # fmt: skip
def test_lists_answer(model, staff, invoice):
    assert staff().get(reverse(f"admin:billing_{model}_changelist")).status_code == 200


def test_run_page_and_its_acts(staff):
    make_agency()
    run = computed_run(sealed_usage({make_member("Library"): 1000, make_member("X"): 10_000_001}))
    client = staff()
    page = reverse("admin:billing_billingrun_change", args=[run.pk])
    assert b"Library" in client.get(page).content
    assert b"above the last tier" in client.get(page + "?show=parked").content
    do = reverse("admin:billing_billingrun_do", args=[run.pk, "review"])
    assert client.get(do).status_code == 200
    run.refresh_from_db()
    assert run.state == "computed"
    client.post(do)
    run.refresh_from_db()
    assert run.state == "reviewed"
    other = staff("billing.view_billingrun")
    do = reverse("admin:billing_billingrun_do", args=[run.pk, "approve"])
    assert other.post(do).status_code == 403
    run.refresh_from_db()
    assert run.state == "reviewed"


def test_a_run_is_made_in_the_browser(staff, invoice):
    schedule = invoice.run.schedule_id
    client = staff()
    client.post(
        reverse("admin:new_billing_run"),
        {"purpose": "annual", "year": "2024", "quarter": "0", "schedule": schedule,
         "invoice_date": "2024-01-08"},
    )  # fmt: skip
    assert BillingRun.objects.get(year=2024).state == "draft"


def test_invoice_page_payment_and_credit(staff, invoice):
    client = staff()
    page = reverse("admin:billing_invoice_change", args=[invoice.pk])
    assert b"1,000 DOIs in tier" in client.get(page).content
    for act in ("pay", "correct", "cancel", "flag"):
        do = reverse("admin:billing_invoice_do", args=[invoice.pk, act])
        assert client.get(do).status_code == 200
    client.post(
        reverse("admin:billing_invoice_do", args=[invoice.pk, "pay"]),
        {"amount": "100.00", "received_on": "2023-01-20", "method": "cheque"},
    )
    assert Payment.objects.get().amount == Decimal("100.00")
    client.post(
        reverse("admin:billing_invoice_do", args=[invoice.pk, "correct"]),
        {"reason": "agreed", "line_3": "300.00"},
    )
    assert Invoice.objects.get(corrects=invoice).gross_amount == Decimal("357.00")
    assert invoice.corrections.count() == 1


def test_inbox_reads_and_matches(staff, invoice):
    client = staff()
    page = reverse("admin:payment_inbox")
    upload = BytesIO(camt("thank you", "50.00"))
    upload.name = "a.xml"
    client.post(page, {"file": upload})
    entry = BankEntry.objects.get()
    assert b"thank you" in client.get(page).content
    client.post(
        page,
        {"act": "match", "entry": entry.pk, "invoice": invoice.pk, f"amount_{invoice.pk}": "50.00"},
    )
    entry.refresh_from_db()
    assert (entry.state, entry.payment.allocations.get().invoice) == ("matched", invoice)


def test_overdue_desk_sends_what_is_chosen(staff, invoice):
    assert invoice.due_date < today() - timedelta(days=60)
    client = staff()
    page = reverse("admin:overdue_desk")
    assert b"Payment reminder" in client.get(page).content
    client.post(page, {"payer": f"{invoice.payer_id}:EUR"})
    assert invoice.dunned.count() == 1


def test_signed_link_and_staff_pdf(staff, client, invoice):
    print_documents(pending_documents(), actor=PREPARER, clock=lambda: NOW, processes=1)
    good = reverse("billing:download", args=[invoice.pk, download_token(invoice)])
    assert client.get(good).content.startswith(b"%PDF")
    assert client.get(good[:-3] + "xx/").status_code == 404
    pdf = reverse("admin:billing_invoice_pdf", args=[invoice.pk])
    assert staff("contacts.view_contact").get(pdf).status_code == 403
    assert staff("billing.view_invoice").get(pdf).content.startswith(b"%PDF")


def test_organisation_page_tells_the_story(staff, invoice):
    page = reverse("admin:contacts_organisation_change", args=[invoice.payer_id])
    content = staff().get(page).content.decode()
    assert invoice.number in content
    assert "3,927.00 EUR" in content


def test_query_count_of_the_run_page_does_not_grow(staff, django_assert_max_num_queries):
    make_agency()
    run = computed_run(sealed_usage({make_member(f"M{n}"): n for n in range(8)}))
    client = staff()
    page = reverse("admin:billing_billingrun_change", args=[run.pk])
    client.get(page)
    with django_assert_max_num_queries(40):
        client.get(page)
