"""Order numbers asked in time, papers for purchasing departments, invoices issued again."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.delivery.models import Delivery
from billing.messages import build_invoice, build_order_request, order_token
from billing.models import BillingProfile, InvoiceFlag, OrderRequest, SupplierPaper
from billing.services.dunning import load_preset_ladder, propose_reminders
from billing.services.export_document import document_faults
from billing.services.issue import issue_items
from billing.services.orders import (
    answer_order,
    ask_again,
    ask_for_order,
    ask_run,
    close_order,
)
from billing.services.payments import open_amount, record_payment
from billing.services.printing import pending_documents, print_documents
from billing.services.reissue import reissue_invoice
from billing.services.runs import finish_issuing
from billing.services.supplier_papers import (
    add_paper,
    current_papers,
    make_papers,
    withdraw_paper,
)
from contacts.models import FollowUp
from tests.billing.staff import staff_client
from tests.billing.world import (
    DAY,
    NOW,
    PREPARER,
    add_billing_contact,
    computed_run,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PDF = b"%PDF-1.7 a paper"
LATER = date(2023, 4, 3)


@pytest.fixture
def university():
    make_agency()
    return make_member("University", purchase_order_needed=True)


def issued(run):
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    finish_issuing(run=run, actor=PREPARER, at=NOW)
    return run.invoices.get()


def asked(university, **more):
    return ask_for_order(organisation=university, year=2023, actor=PREPARER, at=NOW, **more)


def answer(request, number="PO 4711", **more):
    return answer_order(request=request, order_reference=number, actor=PREPARER, at=NOW, **more)


def test_asked_before_answered_and_printed_on_the_invoice(university):
    snapshot = sealed_usage({university: 1000})
    run = computed_run(snapshot)
    assert "no_purchase_order" in run.items.get().exceptions
    assert ask_run(run=run, actor=PREPARER, at=NOW) == (1, [])
    request = OrderRequest.objects.get()
    assert (request.expected_amount, request.currency) == (Decimal("3927.00"), "EUR")
    message = build_order_request(Delivery.objects.get(kind="billing.order_request"))
    assert f"/i/order/{request.pk}/{order_token(request)}/" in message.text
    assert "3,927.00 EUR" in message.text
    answer(request, buyer_reference="Library, K-12")
    from billing.services.compute import compute_run

    payload = compute_run(run=run, actor=PREPARER, at=NOW).items.get().payload
    assert (payload["order_reference"], payload["buyer_reference"]) == ("PO 4711", "Library, K-12")
    assert run.items.get().exceptions == []
    assert ask_run(run=run, actor=PREPARER, at=NOW) == (0, [])


def test_asked_once_again_by_hand_and_not_without_a_reader(university):
    request = asked(university)
    with pytest.raises(RuleBroken, match="was asked for its order number already"):
        asked(university)
    ask_again(request=request, actor=PREPARER, at=NOW)
    assert (request.mailed_count, Delivery.objects.count()) == (2, 2)
    silent = make_member("Silent", purchase_order_needed=True, contact=False)
    with pytest.raises(RuleBroken, match="can be reached by mail"):
        asked(silent)
    answer(request)
    with pytest.raises(RuleBroken, match="answered already"):
        ask_again(request=request, actor=PREPARER, at=NOW)


def test_the_number_holds_for_its_year_only(university):
    answer(asked(university))
    item = computed_run(sealed_usage({university: 1}, year=2023), year=2024,
                        invoice_date=date(2024, 1, 8)).items.get()  # fmt: skip
    assert (item.payload["order_reference"], item.exceptions) == ("", ["no_purchase_order"])


def test_without_a_number_the_invoice_waits_and_nobody_is_reminded(university):
    load_preset_ladder("datacite", PREPARER, DAY)
    request = asked(university)
    invoice = issued(issuing_run(sealed_usage({university: 1000})))
    assert InvoiceFlag.objects.get().kind == "waiting_for_po"
    assert propose_reminders(on=LATER) == []
    answer(request)
    task = FollowUp.objects.get()
    assert "issue 2023-000001 again" in task.title
    again = reissue_invoice(
        invoice=invoice, reason="order number", on=LATER, actor=PREPARER, at=NOW
    )
    assert (again.number, again.order_reference) == ("2023-000002", "PO 4711")
    assert again.due_date == date(2023, 5, 3)
    assert len(propose_reminders(on=date(2023, 5, 20))) == 1


def test_an_invoice_issued_again_keeps_amounts_claims_and_payments(university):
    university.purchase_order_needed = False
    university.save()
    invoice = issued(issuing_run(sealed_usage({university: 1000})))
    record_payment(amount=Decimal("1000.00"), currency="EUR", received_on=DAY, actor=PREPARER,
                   parts=[(invoice, Decimal("1000.00"))])  # fmt: skip
    university.addresses.update(city="New Springfield")
    again = reissue_invoice(invoice=invoice, reason="moved", on=LATER, actor=PREPARER, at=NOW)
    invoice.refresh_from_db()
    assert (invoice.state, again.gross_amount) == ("cancelled", invoice.gross_amount)
    assert again.snapshot["buyer"]["city"] == "New Springfield"
    assert open_amount(again) == Decimal("2927.00")
    assert again.claims.filter(released_at=None).count() == 3
    assert computed_run(invoice.run.snapshot).items.get().state == "nothing"
    print_documents(pending_documents(), actor=PREPARER, clock=lambda: NOW, processes=1)
    assert list(document_faults()) == []


def test_without_an_address_nothing_is_issued_again(university):
    invoice = issued(issuing_run(sealed_usage({university: 1000})))
    university.addresses.all().delete()
    with pytest.raises(RuleBroken, match="address is missing"):
        reissue_invoice(invoice=invoice, reason="moved", on=LATER, actor=PREPARER, at=NOW)
    invoice.refresh_from_db()
    assert invoice.state == "issued"


def test_no_number_needed_is_an_answer_too(university):
    request = asked(university)
    with pytest.raises(BadInput, match="give the purchase order number"):
        answer(request, " ")
    answer(request, "", not_needed=True)
    university.refresh_from_db()
    assert not university.purchase_order_needed
    assert BillingProfile.objects.get().order_reference == ""
    close_order(request=request, actor=PREPARER)
    with pytest.raises(InvalidTransition):
        answer(request)


def test_the_page_asks_keeps_and_corrects(university, client):
    request = asked(university)
    page = reverse("billing:order", args=[request.pk, order_token(request)])
    assert client.get(page).status_code == 200
    assert OrderRequest.objects.get().state == "asked"
    refused = client.post(page, {"order_reference": ""})
    assert "give the purchase order number" in refused.content.decode()
    thanks = client.post(
        page, {"order_reference": "PO-1", "message": "Call Ms. Weber"}, follow=True
    )
    assert "PO-1" in thanks.content.decode()
    client.post(page, {"order_reference": "PO-2"})
    assert BillingProfile.objects.get().order_reference == "PO-2"
    close_order(request=OrderRequest.objects.get(), actor=PREPARER)
    assert "made already" in client.get(page).content.decode()
    client.post(page, {"order_reference": "PO-3"})
    assert BillingProfile.objects.get().order_reference == "PO-2"
    wrong = reverse("billing:order", args=[request.pk, "wrong"])
    assert client.get(wrong).status_code == 404
    assert client.post(wrong, {"order_reference": "X"}).status_code == 404


def paper(**more):
    values = {"kind": "tax_form", "year": 2023, "title": "W-9", "language": "en-gb",
              "content": PDF, "file_name": "w9.pdf"}  # fmt: skip
    return add_paper(**(values | more), actor=PREPARER, at=NOW)


def test_the_newest_paper_of_a_kind_counts(university):
    first = paper()
    second = paper(title="W-9 new")
    anywhen = paper(kind="register", year=0, title="Register")
    paper(year=2022, title="old")
    german = paper(language="de", title="W-9 deutsch")
    first.refresh_from_db()
    assert first.withdrawn_at is not None
    assert current_papers(year=2023, language="en-gb") == [second, anywhen]
    assert current_papers(year=2023, language="de") == [german, anywhen]
    withdraw_paper(paper=second, actor=PREPARER, at=NOW)
    assert current_papers(year=2023, language="en-gb") == [german, anywhen]
    with pytest.raises(BadInput, match="Only PDF"):
        paper(content=b"MZ")
    with pytest.raises(BadInput, match="10 MB"):
        paper(content=b"%PDF-" + bytes(11_000_000))


def test_papers_are_made_from_the_issuer(university):
    made = make_papers(year=2023, actor=PREPARER, at=NOW)
    assert [(p.kind, p.language) for p in made] == [
        ("vendor_form", "en-gb"), ("vendor_form", "de"), ("bank_letter", "en-gb"),
        ("bank_letter", "de"),
    ]  # fmt: skip
    assert {p.title for p in made} >= {"Lieferantenauskunft", "Supplier information"}
    make_papers(year=2023, actor=PREPARER, at=NOW)
    assert SupplierPaper.objects.filter(withdrawn_at=None).count() == 4


def test_papers_are_open_to_links_and_to_nobody_else(university, client):
    request, tax = asked(university), paper()
    good = reverse("billing:order_paper", args=[request.pk, order_token(request), tax.pk])
    assert client.get(good).content == PDF
    assert client.get(good.replace(order_token(request), "x")).status_code == 404
    withdraw_paper(paper=tax, actor=PREPARER, at=NOW)
    assert client.get(good).status_code == 404


def test_the_desk_asks_and_keeps_papers_with_their_permissions(university, client, settings):
    page = reverse("admin:procurement")
    viewer = staff_client(client, settings, "billing.view_orderrequest")
    assert "University" in viewer.get(page, {"show": "missing"}).content.decode()
    assert viewer.post(page, {"act": "ask", "organisation": university.pk}).status_code == 403
    clerk = staff_client(client, settings, "billing.view_orderrequest", "billing.add_orderrequest",
                         "billing.add_supplierpaper", "billing.withdraw_supplierpaper")  # fmt: skip
    clerk.post(page + "?year=2023", {"act": "ask_all"})
    assert OrderRequest.objects.get().year == 2023
    upload = {"act": "paper", "kind": "tax_form", "year": "2023", "title": "W-9", "language": "de"}
    clerk.post(page, {**upload, "file": SimpleUploadedFile("a.pdf", b"not a pdf")})
    assert not SupplierPaper.objects.exists()
    clerk.post(page, {**upload, "file": SimpleUploadedFile("a.pdf", PDF)})
    assert "W-9" in clerk.get(page).content.decode()
    clerk.post(page, {"act": "withdraw", "paper": SupplierPaper.objects.get().pk})
    assert SupplierPaper.objects.get().withdrawn_at is not None
    for show in ("asked", "answered", "closed"):
        assert clerk.get(page, {"show": show, "year": "2023"}).status_code == 200


def printed(university, **profile):
    BillingProfile.objects.create(organisation=university, **profile)
    invoice = issued(issuing_run(sealed_usage({university: 1000})))
    print_documents(pending_documents(), actor=PREPARER, clock=lambda: NOW, processes=1)
    invoice.refresh_from_db()
    return invoice


def test_a_plain_pdf_has_no_data_inside_and_still_proves_itself(university):
    from billing.einvoice.pdf import extract_xml
    from billing.services.export_document import stored_pdf

    invoice = printed(university, document_form="pdf")
    with pytest.raises(ValueError, match="no e-invoice"):
        extract_xml(stored_pdf(invoice.number))
    assert list(document_faults()) == []


def test_the_xml_beside_the_pdf_where_the_payer_wants_it(university):
    invoice = printed(university, document_form="hybrid_xml")
    message = build_invoice(Delivery.objects.get())
    assert [a.file_name for a in message.attachments] == [
        f"{invoice.number}.pdf", f"{invoice.number}.xml",
    ]  # fmt: skip
    assert message.attachments[1].content == invoice.xml.encode()


def test_copies_to_the_deputies_and_no_second_mail_when_one_copy_bounces(university):
    from billing.services.sending import on_delivery_event

    add_billing_contact(university, order=2)
    printed(university, copy_deputies=True)
    mails = list(Delivery.objects.order_by("pk"))
    assert len({mail.address for mail in mails}) == 2
    Delivery.objects.filter(pk=mails[1].pk).update(state="bounced")
    mails[1].refresh_from_db()
    on_delivery_event(mails[1])
    assert Delivery.objects.count() == 2
    Delivery.objects.filter(pk=mails[0].pk).update(state="bounced")
    mails[0].refresh_from_db()
    on_delivery_event(mails[0])
    assert university.invoices.get().unsent_reason == "no_reachable_contact"


def test_links_in_the_mail_of_an_invoice_lead_to_its_page(university, client):
    paper()
    invoice = printed(university)
    message = build_invoice(Delivery.objects.get())
    (page,) = re.findall(r"https?://[^/]+(/i/\S+/page/)", message.text)
    content = client.get(page).content.decode()
    for words in (
        invoice.number,
        "3,927.00",
        invoice.payment_reference,
        "1,000 DOIs in tier",
        "W-9",
    ):
        assert words in content
    assert client.get(page.replace("/page/", "/invoice.xml")).content == invoice.xml.encode()
    usage = client.get(page.replace("/page/", "/usage.csv")).content.decode().splitlines()
    assert usage[1].startswith("University,,,,,1000,2022,")
    assert usage[1].endswith(invoice.run.snapshot.digest)
    assert client.get(re.sub(r"/i/([^/]+)/[^/]+/", r"/i/\1/wrong/", page)).status_code == 404
