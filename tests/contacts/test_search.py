"""Search finds the same on both databases: marks, case, other names, identifiers, invoices."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory

from backoffice.core.models import Issuer
from backoffice.palette import search
from contacts.models import Contact, Identifier, Organisation, OtherName, Repository
from contacts.search import identifier_forms
from contacts.surfaces import find_contacts, find_organisations, find_repositories
from tests.factories import roll

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def house(settings):
    settings.ROLLCALL_DEMO = True
    roll.agency()


@pytest.fixture
def zoe() -> Organisation:
    made = roll.member("Zoë Straßen-Bibliothek Łódź", group_email="office@zoe.example.org")
    OtherName.objects.create(organisation=made, kind="label", name="Biblioteca de São Paulo")
    OtherName.objects.create(organisation=made, kind="acronym", name="ZSBŁ")
    for kind, value in (("symbol", "ZOE"), ("ror", "05dxps055"), ("vat", "DE136695976")):
        Identifier.objects.create(organisation=made, kind=kind, value=value)
    roll.duty(made, roll.person("zq@zoe.example.org", "Zoë", "Quist"), "billing")
    roll.member("Felsen Institute")
    return made


@pytest.mark.parametrize(
    "text",
    [
        "ZOE", "zoë", "ZOË", "strassen", "STRASSEN", "lodz", "bibliothek zoe", "sao paulo", "zsbl",
        "05dxps055", "https://ror.org/05dxps055", "DE 136 695 976", "de136695976", "zo",
        "zq@zoe.example.org", "ZQ@zoe.example.org", "OFFICE@zoe.example.org",
    ],
)  # fmt: skip
def test_an_organisation_is_found_by_what_people_type(zoe, text: str) -> None:
    assert list(Organisation.objects.matching(text)) == [zoe]
    assert [hit.title for hit in find_organisations(text, 8)] == [str(zoe)]


@pytest.mark.parametrize("text", ["zoé felsen", "%", "_", "\\", "'", "x@y.z", "🦉"])
def test_what_fits_nothing_finds_nothing(zoe, text: str) -> None:
    assert not Organisation.objects.matching(text).exists()


def test_an_invoice_number_finds_its_payer() -> None:
    from billing.services.issue import issue_items
    from billing.services.runs import finish_issuing
    from tests.billing import world as money

    Issuer.objects.all().delete()
    money.make_agency()
    payer = money.make_member("Library")
    run = money.issuing_run(money.sealed_usage({payer: 1000}))
    issue_items(run=run, actor=money.PREPARER, clock=lambda: money.NOW)
    finish_issuing(run=run, actor=money.PREPARER, at=money.NOW)
    invoice = run.invoices.get()
    assert list(Organisation.objects.matching(invoice.number)) == [payer]


@pytest.mark.parametrize("text", ["ZOE", "quist zoë", "zq@", "QUIST"])
def test_people_are_found_by_name_and_address(text: str) -> None:
    zoe = roll.person("zq@zoe.example.org", "Zoë", "Quist")
    roll.person("ada@felsen.example.org", "Ada", "Lane")
    assert list(Contact.objects.matching(text)) == [zoe]


def test_merged_and_removed_people_are_not_in_the_palette() -> None:
    zoe = roll.person("zq@zoe.example.org", "Zoë", "Quist")
    other = roll.person("z2@zoe.example.org", "Zoe", "Quist")
    Contact.objects.filter(pk=other.pk).update(merged_into=zoe)
    assert [hit.detail for hit in find_contacts("zoe", 8)] == ["zq@zoe.example.org"]


def test_a_repository_is_found_by_symbol_and_folded_name(zoe) -> None:
    Repository.objects.create(organisation=zoe, symbol="ZOE.DATA", name="Données")
    assert [hit.title for hit in find_repositories("zoe.d", 8)] == ["ZOE.DATA"]
    assert [hit.title for hit in find_repositories("DONNEES", 8)] == ["ZOE.DATA"]


def test_names_that_begin_with_the_word_come_first() -> None:
    for name in ("Alpha Quarry", "Quarry", "Beta Quarry"):
        Organisation.objects.create(name=name)
    assert [hit.title for hit in find_organisations("quarry", 2)] == ["Quarry", "Alpha Quarry"]


@pytest.mark.parametrize(
    ("path", "column"),
    [("/admin/contacts/organisation/?q=ZO%C3%8B", "Zoë"), ("/admin/contacts/contact/?q=QUIST", "zq@"),
     ("/admin/contacts/repository/?q=DONN%C3%89ES", "ZOE.DATA"),
     ("/admin/contacts/roleassignment/?q=zo%C3%AB", "Zoë")],
)  # fmt: skip
def test_the_search_box_of_the_lists_folds_too(client, zoe, path: str, column: str) -> None:
    Repository.objects.create(organisation=zoe, symbol="ZOE.DATA", name="Données")
    client.force_login(roll.staff("membership"))
    page = client.get(path).content.decode()
    assert column in page
    assert "Felsen" not in page.partition("<table")[2]


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_and_palette_take_the_same_queries_for_one_row_and_three(
    client, django_assert_num_queries, rows: int
) -> None:
    for n in range(rows):
        made = roll.member(f"Quarry {n}")
        roll.duty(made, roll.person(f"q{n}@x.example.org", "Quarry", str(n)), "billing")
    user = roll.staff("membership")
    client.force_login(user)
    for path, queries in (
        ("/admin/contacts/organisation/?q=quarry", 10),
        ("/admin/contacts/contact/?q=quarry", 11),
    ):
        client.get(path)
        with django_assert_num_queries(queries):
            client.get(path)
    request = RequestFactory().get("/")
    request.user = type(user).objects.get(pk=user.pk)
    search(request, "quarry")
    with django_assert_num_queries(6):
        hits = search(request, "quarry")
    assert len(hits) == 2 * rows


def test_the_palette_shows_nobody_what_they_may_not_see(zoe) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert search(request, "zoe") == []


def test_forms_of_an_identifier() -> None:
    assert {"05dxps055", "05DXPS055"} <= identifier_forms("https://ror.org/05dxps055/")
    assert "DE136695976" in identifier_forms("de 136.695.976")
    assert identifier_forms("  ") == set()


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_postgresql_has_its_trigram_indexes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%'")
        found = {row[0] for row in cursor.fetchall()}
    assert {"contacts_contact_name_folded_trgm", "contacts_contactaddress_address_trgm"} <= found
