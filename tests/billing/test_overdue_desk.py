"""The overdue desk, one payer at a time; letters printed, posted, and born from bounced mails."""

import io
from datetime import date, timedelta

import pikepdf
import pytest
from django.urls import reverse

from backoffice.core.dates import today
from backoffice.core.errors import BadInput, InvalidTransition, RuleBroken
from backoffice.core.models import JobRun
from backoffice.core.services import documents, jobs
from backoffice.delivery.models import Delivery
from billing.models import DunningNotice, DunningStep, InvoiceFlag
from billing.services import paper_mail
from billing.services.dunning import (
    load_preset_ladder,
    on_delivery_event,
    propose_reminders,
    take_step,
)
from billing.services.issue import issue_items
from billing.services.payers import pause_payer, payer_on
from billing.services.printing import pending_documents, print_documents
from billing.services.runs import finish_issuing
from contacts.models import Note
from tests.billing.staff import staff_client
from tests.billing.world import (
    DAY,
    NOW,
    PREPARER,
    add_billing_contact,
    issuing_run,
    make_agency,
    make_member,
    sealed_usage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ON = date(2023, 3, 1)


@pytest.fixture
def library():
    make_agency()
    load_preset_ladder("datacite", PREPARER, DAY)
    return make_member("Library")


@pytest.fixture
def invoice(library):
    run = issuing_run(sealed_usage({library: 1000}))
    issue_items(run=run, actor=PREPARER, clock=lambda: NOW)
    finish_issuing(run=run, actor=PREPARER, at=NOW)
    return run.invoices.get()


def remind(on=ON):
    (proposal,) = propose_reminders(on=on)
    return take_step(proposal=proposal, on=on, actor=PREPARER)


def run_waiting(name):
    for run in JobRun.objects.filter(name=name, state="queued"):
        jobs.execute(jobs.start(str(run.pk), worker="w"))


def text_of(content):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return len(pdf.pages)


def test_one_payer_with_items_marks_people_and_what_comes_next(library, invoice):
    payer = payer_on(organisation=library, currency="EUR", on=ON)
    assert (payer.total, payer.overdue, payer.reached) == (3927, 3927, 0)
    assert payer.items[0].days == 21
    assert payer.proposal.step.subject == "Payment reminder"
    assert [person.address for person in payer.people] == [f"bills{library.pk}-1@example.org"]
    remind()
    later = payer_on(organisation=library, currency="EUR", on=ON)
    assert (later.reached, later.proposal) == (1, None)
    assert [(n.step.position, len(mails)) for n, mails in later.notices] == [(1, 1)]


def test_nobody_to_mail_makes_a_letter_that_is_printed_and_posted(library, invoice):
    library.duties.update(unreachable_since=DAY, unreachable_reason="bounced")
    notice = remind()
    assert (notice.way, Delivery.objects.filter(kind="billing.reminder").count()) == ("letter", 0)
    (waiting,) = paper_mail.waiting_letters()
    assert waiting.problem == "is being printed"
    run_waiting("billing.render_letter")
    (waiting,) = paper_mail.waiting_letters()
    content = documents.read_bytes(waiting.document)
    assert content.startswith(b"%PDF")
    assert text_of(paper_mail.merged([waiting])) == 1
    paper_mail.mark_posted(key=waiting.key, on=ON, actor=PREPARER)
    assert paper_mail.waiting_letters() == []
    with pytest.raises(InvalidTransition, match="posted already"):
        paper_mail.mark_posted(key=waiting.key, on=ON, actor=PREPARER)


def test_a_letter_is_printed_once_and_its_bytes_stay(library, invoice):
    DunningStep.objects.filter(position=1).update(also_letter=True)
    notice = remind()
    assert (notice.way, Delivery.objects.filter(kind="billing.reminder").count()) == ("both", 1)
    first = paper_mail.print_letter(notice=notice, at=NOW)
    again = paper_mail.print_letter(notice=DunningNotice.objects.get(), at=NOW)
    assert first == again
    library.addresses.update(city="Elsewhere")
    assert (
        paper_mail.print_letter(notice=DunningNotice.objects.get(), at=NOW).sha256 == first.sha256
    )


def test_without_an_address_the_desk_says_so(library, invoice):
    library.duties.update(unreachable_since=DAY, unreachable_reason="bounced")
    remind()
    library.addresses.all().delete()
    run_waiting("billing.render_letter")
    (waiting,) = paper_mail.waiting_letters()
    assert waiting.problem == "the billing address is missing"
    with pytest.raises(RuleBroken, match="no letter to print"):
        paper_mail.merged([waiting])


def test_a_bounced_reminder_goes_to_the_deputy_and_then_becomes_a_letter(library, invoice):
    deputy = add_billing_contact(library, order=2)
    notice = remind()
    first = Delivery.objects.get(kind="billing.reminder")
    Delivery.objects.filter(pk=first.pk).update(state="bounced")
    first.refresh_from_db()
    on_delivery_event(first)
    second = Delivery.objects.filter(kind="billing.reminder").latest("pk")
    assert second.address == deputy.address
    on_delivery_event(first)
    assert Delivery.objects.filter(kind="billing.reminder").count() == 2
    Delivery.objects.filter(pk=second.pk).update(state="bounced")
    second.refresh_from_db()
    on_delivery_event(second)
    on_delivery_event(second)
    notice.refresh_from_db()
    assert notice.way == "letter"
    assert JobRun.objects.filter(name="billing.render_letter").count() == 1


def test_a_pause_ends_by_itself(library, invoice):
    assert pause_payer(payer=library, currency="EUR", reason="new accounts office", on=ON,
                       until=date(2023, 4, 1), actor=PREPARER) == 1  # fmt: skip
    assert propose_reminders(on=date(2023, 3, 31)) == []
    assert len(propose_reminders(on=date(2023, 4, 1))) == 1
    with pytest.raises(RuleBroken, match="paused already"):
        pause_payer(payer=library, currency="EUR", reason="again", on=ON, until=date(2023, 4, 1),
                    actor=PREPARER)  # fmt: skip
    with pytest.raises(BadInput, match="within a year"):
        pause_payer(payer=library, currency="EUR", reason="x", on=ON, until=ON, actor=PREPARER)


@pytest.fixture
def page(library, invoice):
    return reverse("admin:overdue_payer", args=[library.pk, "EUR"])


@pytest.fixture
def clerk(client, settings):
    return staff_client(client, settings, "billing.view_invoice", "billing.send_dunningnotice",
                        "billing.flag_invoice")  # fmt: skip


def test_the_page_previews_sends_and_notes(library, invoice, page, clerk):
    content = clerk.get(page).content.decode()
    assert "Read the mail" in content
    assert invoice.payment_reference in content
    assert "/preview/" in content
    clerk.post(page, {"act": "note", "text": "They pay on Friday"})
    assert Note.objects.get().organisation == library
    clerk.post(page, {"act": "send"})
    assert DunningNotice.objects.get().taken_on == today()
    assert "No reminder is due for this payer" in clerk.get(page).content.decode()


def test_marks_and_pauses_on_the_page(library, invoice, page, clerk):
    clerk.post(page, {"act": "flag", "invoice": invoice.pk, "reason": "count is wrong"})
    assert InvoiceFlag.objects.get().kind == "disputed"
    assert "count is wrong" in clerk.get(page).content.decode()
    clerk.post(page, {"act": "clear", "invoice": invoice.pk})
    assert InvoiceFlag.objects.get().valid_until == today()
    until = today() + timedelta(days=20)
    clerk.post(page, {"act": "pause", "reason": "asked for time", "until": until.isoformat()})
    assert InvoiceFlag.objects.get(kind="paused").valid_until == until
    assert "Give a reason" in clerk.post(page, {"act": "pause"}, follow=True).content.decode()


def test_viewers_see_and_do_not_send(library, invoice, page, client, settings):
    viewer = staff_client(client, settings, "billing.view_invoice")
    content = viewer.get(page).content.decode()
    assert "Send this reminder" not in content
    assert viewer.post(page, {"act": "send"}).status_code == 403
    desk = reverse("admin:overdue_desk")
    assert "Send the chosen" not in viewer.get(desk).content.decode()
    assert viewer.post(desk, {"payer": f"{library.pk}:EUR"}).status_code == 403
    assert viewer.get(reverse("admin:overdue_file")).status_code == 403
    assert not DunningNotice.objects.exists()


def test_letters_on_their_page(library, invoice, clerk):
    library.duties.update(unreachable_since=DAY, unreachable_reason="bounced")
    print_documents(pending_documents(), actor=PREPARER, clock=lambda: NOW, processes=1)
    invoice.refresh_from_db()
    assert invoice.unsent_reason == "no_reachable_contact"
    address = reverse("admin:billing_letters")
    assert invoice.number in clerk.get(address).content.decode()
    key = f"invoice:{invoice.pk}"
    printed = clerk.post(address, {"act": "print", "letter": key})
    assert text_of(printed.content) == 1
    assert "no letter" in clerk.post(address, {"act": "print"}, follow=True).content.decode()
    clerk.post(address, {"act": "posted", "letter": key})
    invoice.refresh_from_db()
    assert invoice.posted_on == today()
    assert invoice.number not in clerk.get(address).content.decode()


def test_aged_items_as_a_file(library, invoice, client, settings):
    staff = staff_client(client, settings, "billing.view_invoice", "billing.export_invoice")
    rows = staff.get(reverse("admin:overdue_file")).content.decode().splitlines()
    assert rows == [
        "payer,currency,not due,1-30,31-60,61-90,over 90,total",
        "Library,EUR,0.00,0.00,0.00,0.00,3927.00,3927.00",
    ]
