"""The contract of the commands: exit codes, JSON, nothing half-written."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from backoffice.core.models import User
from billing.einvoice.cii import build_cii
from billing.models import BillingRun, Invoice
from tests.billing.einvoice.samples import sample
from tests.billing.world import make_agency, make_member, sealed_usage, without_guards


def output(*arguments, **options):
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def refused(*arguments):
    with pytest.raises(CommandError) as caught:
        call_command(*arguments)
    assert caught.value.returncode == 2
    return str(caught.value)


def test_simulate_fees(tmp_path):
    path = tmp_path / "members.json"
    path.write_text('[{"id": "A", "member_type": "direct_member", "dois": 1000}]')
    data = json.loads(output("simulate_fees", "datacite-2023", str(path), "--year=2023", "--json"))
    assert data["invoices"][0]["total"] == "3300.00"
    assert "3300.00" in output("simulate_fees", "datacite-2023", str(path), "--year=2023")
    path.write_text('[{"id": "A", "member_type": "direct_member", "dois": -1}]')
    words = refused("simulate_fees", "datacite-2023", str(path), "--year=2023", "--json")
    assert words == "row 1, field dois: -1 is negative"
    assert "give a year" in refused("simulate_fees", "datacite-2023", str(path), "--year=23")


@pytest.mark.django_db
def test_an_unknown_schedule_names_the_known_ones(tmp_path):
    path = tmp_path / "members.json"
    path.write_text("[]")
    assert "no-such" in refused("simulate_fees", "no-such", str(path), "--year=2023")


def test_a_schedule_file_is_checked(tmp_path):
    schedule = tmp_path / "own.json"
    schedule.write_text('{"code": "own", "currency": "JPY"}')
    members = tmp_path / "members.json"
    members.write_text("[]")
    assert "two decimals" in refused("simulate_fees", str(schedule), str(members), "--year=2023")


def test_validate_einvoice(tmp_path):
    path = tmp_path / "invoice.xml"
    path.write_bytes(build_cii(sample()))
    assert output("validate_einvoice", str(path)).startswith("valid (factur-x")
    path.write_bytes(build_cii(sample()).replace(b"513.00", b"513.01"))
    out = StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("validate_einvoice", str(path), stdout=out)
    assert caught.value.code == 1
    assert "amount is 513.00, stated 513.01" in out.getvalue()
    path.write_bytes(b"%PDF-1.4 nothing")
    assert "cannot be read" in refused("validate_einvoice", str(path))
    refused("validate_einvoice", str(tmp_path / "missing.pdf"))


@pytest.mark.django_db
@pytest.mark.database
def test_the_run_without_the_web_needs_two_people(tmp_path):
    make_agency()
    sealed_usage({make_member("Library"): 1000})
    User.objects.create(email="boss@example.org", is_staff=True)
    created = json.loads(
        output("billing_run", "create", "--schedule=datacite-2023", "--year=2023",
               "--invoice-date=2023-01-09", "--json")
    )  # fmt: skip
    assert created["state"] == "draft"
    output("billing_run", "compute")
    output("billing_run", "review")
    assert "cannot approve" in refused("billing_run", "approve")
    output("billing_run", "approve", "--as=boss@example.org")
    assert "0 faults" not in output("billing_run", "issue", "--processes=1")
    status = json.loads(output("billing_run", "status", "--json"))
    assert (status["state"], status["issued"], status["documents_stored"]) == ("issued", 1, 1)
    number = Invoice.objects.get().number
    pdf, xml = tmp_path / "a.pdf", tmp_path / "a.xml"
    output("export_invoice", number, f"--pdf={pdf}", f"--xml={xml}")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert xml.read_bytes() == Invoice.objects.get().xml.encode()
    assert "There is no document" in refused("export_invoice", "2099-000001", f"--pdf={pdf}")
    assert "1 documents, no difference" in output("verify_documents")
    without_guards()
    Invoice.objects.update(xml="<changed/>")
    with pytest.raises(SystemExit):
        call_command("verify_documents", stdout=StringIO(), stderr=StringIO())
    assert BillingRun.objects.get().approver.startswith("user:")
    refused("billing_run", "compute", "99")
