"""The main job once through all apps: exports in, invoices out, votes counted, a person removed.

Runs on a small invented agency always, and on the reference exports when they are there.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.delivery.services import is_suppressed
from billing.models import Invoice
from billing.queries import number_holes
from billing.services.export_document import document_faults
from billing.services.payments import open_amount
from billing.services.schedules import load_preset_schedules
from contacts.board import cells_of
from contacts.models import Contact, Organisation, OrganisationLink, RoleType
from contacts.privacy.enums import CaseState, TaskState
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services import answer, cases, execution, planning, processors
from contacts.timeline import timeline
from governance import presets as governance_presets
from tests.delivery.sink import Sink
from tests.factories import roll
from tests.scenarios import export_files, governing, mailing, steps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.slow]


@pytest.fixture
def house(settings, tmp_path: Path):
    settings.VAR_DIR = tmp_path
    settings.ROLLCALL_DEMO = True
    roll.agency()
    load_preset_schedules("datacite", roll.STAFF, roll.DAY)
    governance_presets.load("datacite", roll.STAFF, roll.DAY)
    processors.load_processors("datacite", roll.STAFF, roll.DAY)
    return {name: roll.staff(name) for name in
            ("finance", "administrator", "membership", "returning", "privacy officer",
             "communications", "auditor")}  # fmt: skip


@pytest.fixture
def sink(settings):
    """A real SMTP server on loopback; answers go out at once through the same one."""
    with Sink() as running:
        settings.ROLLCALL_TRANSPORT = "smtp"
        settings.ROLLCALL_SMTP_HOST = "127.0.0.1"
        settings.ROLLCALL_SMTP_PORT = running.port
        yield running


def test_on_an_invented_agency(house, sink: Sink, client: Client, tmp_path: Path) -> None:
    _the_main_job(
        house, sink, client, tmp_path,
        organisations=export_files.organisations(), contacts=export_files.contacts(),
        usage=export_files.usage(steps.YEAR - 1),
    )  # fmt: skip
    parked = _run().items.get(state="parked")
    assert parked.payer.name == "Lone Academy"
    assert "billing contact" in parked.reason
    gross = {i.payer.name: i.net_amount for i in Invoice.objects.filter(run=_run())}
    assert str(gross["Quarry University"]) == "3300.00"
    assert str(gross["Felsen Institute"]) == "6000.00"
    # Two organisations below the lead: under five, so billed without cap.
    assert str(gross["Nordic Consortium"]) == "4616.00"


@pytest.mark.data
def test_on_the_reference_exports(
    house, sink: Sink, client: Client, tmp_path: Path, data_folder: Path
) -> None:
    repositories = export_files.real(data_folder, "repositories")
    _the_main_job(
        house, sink, client, tmp_path,
        organisations=export_files.real(data_folder, "organizations"),
        contacts=export_files.real(data_folder, "contacts"),
        repositories=repositories,
        usage=export_files.usage_of_repositories(repositories, steps.YEAR - 1),
    )  # fmt: skip


def _run():
    return Invoice.objects.exclude(run=None).first().run


def _the_main_job(
    house: dict, sink: Sink, client: Client, folder: Path, *, organisations: bytes,
    contacts: bytes, usage: bytes, repositories: bytes = b"",
) -> None:  # fmt: skip
    _exports_come_in(organisations, contacts, repositories, usage)
    run = steps.bill(house["finance"], house["administrator"])
    invoices = list(Invoice.objects.filter(run=run).order_by("sequence"))
    assert len(invoices) >= 4
    assert [number_holes(series) for series in {i.series for i in invoices}] == [[]]
    assert list(document_faults()) == []
    assert sum(invoice.gross_amount for invoice in invoices) == run.gross_total

    steps.hand_over(sink)
    mailed = [
        invoice for invoice in invoices if not Invoice.objects.get(pk=invoice.pk).unsent_reason
    ]
    assert mailed
    _an_invoice_reaches_its_reader(mailed[0], sink, client)
    _a_payment_clears(house, mailed[-1])
    mailing.a_segmented_mailing(house, sink, client)
    governing.an_election_and_a_motion(house, sink, folder)
    _a_person_is_removed(house, sink, client, contacts)
    assert audit.verify_all() == []


def _exports_come_in(organisations: bytes, contacts: bytes, repositories: bytes, usage: bytes):
    first = steps.bring_in("fabrica-organizations", organisations)
    assert first.created + first.updated > 0
    assert first.rejected == 0
    people = steps.bring_in("fabrica-contacts", contacts)
    assert people.created > 0
    if repositories:
        assert steps.bring_in("fabrica-repositories", repositories).rejected == 0
    assert OrganisationLink.objects.exists()
    reasons = set(people.rows.exclude(reason="").values_list("reason", flat=True))
    assert all(reasons)
    board = cells_of(None, list(RoleType.objects.all()), on=dates.today())
    assert any(cell.state == "missing" for cells in board.values() for cell in cells)
    assert steps.bring_in("usage", usage).created > 0


def _an_invoice_reaches_its_reader(invoice: Invoice, sink: Sink, client: Client) -> None:
    """PDF, signed download and a one-click unsubscribe that makes the duty unreachable."""
    delivery = steps.delivery_of(invoice)
    message = steps.mail_to(sink, delivery.address, invoice.number)
    files = list(message.iter_attachments())
    assert files[0].get_content_type() == "application/pdf"
    download = next(link for link in steps.links(message) if "/i/" in link)
    page = client.get(steps.path_of(download))
    assert page.status_code == 200
    leave = steps.path_of(steps.unsubscribe_link(message))
    for _turn in range(3):
        assert client.get(leave).status_code == 200
    assert is_suppressed(delivery.address, mail_class="contract") == ""
    posted = Client(enforce_csrf_checks=True).post(leave, {"List-Unsubscribe": "One-Click"})
    assert (posted.status_code, posted.cookies.keys()) == (200, {}.keys())
    assert is_suppressed(delivery.address, mail_class="contract") == "class:contract"
    duty = Contact.objects.get(pk=delivery.contact_ref).duties.get(
        role_type__bills=True, organisation_id=delivery.organisation_ref, valid_until__isnull=True
    )
    assert duty.unreachable_reason == "unsubscribed"


def _a_payment_clears(house: dict, invoice: Invoice) -> None:
    assert open_amount(invoice) == invoice.gross_amount
    steps.pay(invoice)
    assert open_amount(invoice) == 0
    entries = timeline(house["administrator"], organisation_id=invoice.payer_id, limit=200)
    assert {"money", "mail", "membership", "duty", "change"} <= {entry.kind for entry in entries}


def _a_person_is_removed(house: dict, sink: Sink, client: Client, contacts: bytes) -> None:
    """From the public form to the certificate; invoices stay, imports do not bring them back."""
    biller = _somebody_billed()
    address = biller.addresses.get(primary=True, valid_until__isnull=True).address
    before = {i.pk: (i.number, i.xml_sha256) for i in Invoice.objects.all()}
    assert client.post("/p/request/", {"kind": "removal", "address": address}).status_code == 302
    case = PrivacyCase.objects.get(contact=biller)
    officer, second = Actor.user(house["privacy officer"]), Actor.user(house["administrator"])
    cases.ask_identity(case=case, on=dates.today(), actor=officer)
    steps.hand_over(sink)
    link = next(url for url in steps.links(steps.mail_to(sink, address, case.reference))
                if "/p/confirm/" in url)  # fmt: skip
    client.post(steps.path_of(link))
    case.refresh_from_db()
    planning.plan_case(case=case, on=dates.today(), actor=officer)
    planning.approve_case(case=case, actor=second)
    execution.execute_case(case=case, on=dates.today(), actor=officer)
    assert case.scan_findings == []
    for task in case.tasks.all():
        processors.settle_task(task=task, state=TaskState.DONE, evidence="ticket 1", actor=officer)
    case = answer.make_certificate(case_id=case.pk, on=dates.today(), actor=second)
    steps.hand_over(sink)
    certificate = list(steps.mail_to(sink, address, "Answer").iter_attachments())[0]
    assert certificate.get_content().startswith(b"%PDF")
    assert answer.close_case(case=case, actor=officer).state == CaseState.CLOSED
    assert {i.pk: (i.number, i.xml_sha256) for i in Invoice.objects.all()} == before
    assert list(document_faults()) == []
    again = steps.bring_in("fabrica-contacts", contacts)
    assert any("asked to be removed" in row.reason for row in again.rows.all())
    assert Contact.objects.get(pk=biller.pk).full_name == ""
    assert not Contact.objects.filter(addresses__address=address).exists()


def _somebody_billed() -> Contact:
    """A living billing holder whose organisation has an invoice."""
    payers = Invoice.objects.values("payer_id")
    return Contact.objects.living().filter(
        duties__role_type__bills=True, duties__organisation__in=Organisation.objects.filter(pk__in=payers),
        duties__valid_until__isnull=True, kind="person",
    ).exclude(family_name="").order_by("pk").first()  # fmt: skip
