"""Every file of the reference data goes through test and apply: no stack trace, each refusal in words."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from pathlib import Path

import pytest

from backoffice.core.errors import RollcallError, Unreadable
from contacts.enums import ImportState, RowOutcome
from contacts.models import Contact, ContactAddress, ImportRow, Organisation
from contacts.registry import IMPORT_KINDS
from contacts.services import import_apply, imports
from contacts.services.import_files import read_file
from tests.factories import roll

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.django_db]
# File → the kind it is an export for. A large one is cut: the whole of it is measured in bench/imports.py.
INCUMBENT = {
    "acton_contact_list.csv": "act-on", "acton_opt_out_list.csv": "act-on",
    "awkward_addresses.csv": "contacts", "awkward_double_encoded.csv": "contacts",
    "awkward_duplicate_and_odd_headers.csv": "contacts", "awkward_header_only.csv": "contacts",
    "awkward_latin1_semicolon.csv": "contacts", "awkward_quotes_newlines_blanks.csv": "contacts",
    "awkward_ragged_rows.csv": "contacts", "awkward_utf16le_tab.txt": "contacts",
    "campaign_monitor_subscribers.csv": "campaign-monitor",
    "contacts_50k.csv.gz": "contacts", "fabrica_contacts_export.csv": "fabrica-contacts",
    "fabrica_organizations_export.csv": "fabrica-organizations",
    "fabrica_repositories_export.csv": "fabrica-repositories",
    "google_groups_members.csv": "google-groups",
    "mailchimp_subscribed_members_export.csv": "mailchimp",
    "mailchimp_unsubscribed_members_export.csv": "mailchimp",
    "salesforce_dataloader_Account.csv": "salesforce-account",
    "salesforce_dataloader_Contact.csv": "salesforce-contact",
    "salesforce_report_contacts_with_footer.csv": "salesforce-contact",
    "spreadsheet_one_row_per_org_roles_in_columns.csv": "organisations",
    "sugarcrm_Accounts_export.csv": "sugarcrm-account",
    "sugarcrm_Contacts_export.csv": "sugarcrm-contact", "zendesk_users.csv": "zendesk-users",
}  # fmt: skip
UNREADABLE = {"awkward_empty_file.csv": "empty"}
MOST = 400
FOLDER = Path(os.environ.get("ROLLCALL_DATA", "/nowhere"))
MESSY = sorted(path.name for path in (FOLDER / "real_messy_csv").glob("*.csv"))


@pytest.fixture(autouse=True)
def agency() -> None:
    roll.agency()


def run_through(kind: str, content: bytes, name: str, mapping: dict | None = None):
    """Test, then apply; what was tested is what came out."""
    run, rows = imports.open_run(
        kind=kind, content=content, file_name=name, actor=roll.STAFF, mapping=mapping
    )
    tested = imports.test_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    before = Contact.objects.count() + Organisation.objects.count()
    if run.created == 0 and run.updated == 0:
        assert before == Contact.objects.count() + Organisation.objects.count()
    import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=roll.DAY)
    assert run.state == ImportState.APPLIED
    applied = list(
        ImportRow.objects.filter(run=run, number__lte=run.read).order_by("number")
        .values_list("number", "outcome", "reason")
    )  # fmt: skip
    assert applied == tested
    assert run.read == run.created + run.updated + run.unchanged + run.rejected
    for _number, outcome, reason in applied:
        if outcome in (RowOutcome.REJECTED, RowOutcome.DECISION):
            assert len(reason) > 12, reason
            assert "Traceback" not in reason
    return run, applied


def cut(content: bytes) -> bytes:
    return b"\n".join(content.split(b"\n")[: MOST + 1]) if len(content) > 1_000_000 else content


@pytest.mark.parametrize("name", sorted(INCUMBENT))
def test_files_of_other_systems(data_folder: Path, name: str) -> None:
    path = data_folder / "incumbent_csv" / name
    content = path.read_bytes()
    content = cut(gzip.decompress(content)) if name.endswith(".gz") else content
    manifest = json.loads((path.parent / "manifest.json").read_text(encoding="utf-8"))
    run, rows = run_through(INCUMBENT[name], content, name)
    if not name.endswith(".gz"):
        assert run.read >= manifest[name]["rows"] * 0.9


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_files_that_are_none(data_folder: Path, name: str) -> None:
    content = (data_folder / "incumbent_csv" / name).read_bytes()
    with pytest.raises(Unreadable) as refusal:
        run_through("contacts", content, name)
    assert refusal.value.code == UNREADABLE[name]


def test_every_file_of_the_folder_is_in_the_lists(data_folder: Path) -> None:
    found = {p.name for p in (data_folder / "incumbent_csv").iterdir()} - {"manifest.json"}
    assert found == set(INCUMBENT) | set(UNREADABLE)
    assert len(MESSY) > 50


KINDS = ("organisations", "contacts", "usage", "payments")


@pytest.mark.parametrize("number", range(len(MESSY)))
def test_real_files_of_every_dialect(data_folder: Path, number: int) -> None:
    """Files of another trade: refused as a whole with the columns named, or row by row, never by a
    crash; with the first column taken for the name they go through, odd letters and all."""
    name, kind = MESSY[number], KINDS[number % len(KINDS)]
    content = (data_folder / "real_messy_csv" / name).read_bytes()
    refusal = ""
    try:
        run_through(kind, cut(content), name)
    except RollcallError as error:
        refusal = str(error)
        assert not ImportRow.objects.exists()
        assert not Organisation.objects.exists()
    assert not refusal or len(refusal) > 20
    _rows, _used, found = read_file("organisations", content, name, {"?": "name"})
    run, rows = run_through("organisations", cut(content), name, {found.header[0]: "name"})
    assert run.read > 0
    assert {outcome for _n, outcome, _r in rows} <= set(RowOutcome.values)


def table(*columns: str, rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([list(columns), *rows])
    return text.getvalue().encode("utf-8", "surrogatepass")


def strings(data_folder: Path, name: str, key: str = "") -> list[str]:
    values = json.loads((data_folder / "hostile" / name).read_text(encoding="utf-8"))
    return [value[key] if key else value for value in values]


ODD = [("naughty_strings.json", column)
       for column in ("name", "country", "symbol", "ror", "vat", "website", "other_names")]  # fmt: skip
ODD += [("names_dates_amounts.json", column) for column in ("name", "joined", "annual_revenue")]
ODD += [("header_xml_pdf_text.json", "name")]


@pytest.mark.parametrize(("name", "column"), ODD)
def test_hostile_text_in_every_column_of_organisations(
    data_folder: Path, name: str, column: str
) -> None:
    raw = [value for value in strings(data_folder, name) if isinstance(value, str)]
    rows = [[f"Body {n}" if column != "name" else value, value] for n, value in enumerate(raw)]
    columns = ("name", column) if column != "name" else ("name", "description")
    run_through("organisations", table(*columns, rows=rows), name)


@pytest.mark.parametrize("column", ["first_name", "roles", "phone", "organisation"])
def test_hostile_text_in_columns_of_contacts(data_folder: Path, column: str) -> None:
    raw = strings(data_folder, "naughty_strings.json")
    rows = [[f"p{n}@x.example.org", value] for n, value in enumerate(raw)]
    run_through("contacts", table("email", column, rows=rows), "naughty.csv")


@pytest.mark.parametrize("name", ["email_addresses_isemail.json",
                                  "email_addresses_email_validator.json"])  # fmt: skip
@pytest.mark.parametrize("kind", ["contacts", "suppressions"])
def test_hostile_addresses(data_folder: Path, name: str, kind: str) -> None:
    raw = strings(data_folder, name, "address")
    run, rows = run_through(kind, table("email", "x", rows=[[value, "1"] for value in raw]), name)
    assert run.rejected > 20
    for address in ContactAddress.objects.values_list("address", flat=True):
        assert address.rpartition("@")[2].isascii()
        assert "\n" not in address


def test_formulas_are_stored_as_text_and_leave_harmless(data_folder: Path) -> None:
    from backoffice.core.texts import harmless_cell

    for value in strings(data_folder, "spreadsheet_formulas.json", "text"):
        assert not harmless_cell(value).startswith(("=", "+", "-", "@", "\t", "\r"))
    raw = strings(data_folder, "spreadsheet_formulas.json", "text")
    run_through("organisations", table("name", "x", rows=[[v, ""] for v in raw]), "formulas.csv")


def test_every_kind_of_the_contract_is_registered() -> None:
    assert set(INCUMBENT.values()) <= set(IMPORT_KINDS.names())
    assert len(IMPORT_KINDS.names()) == 21
