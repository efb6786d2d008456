"""A small agency with members, addresses, billing contacts and usage, for the billing tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.db import connection

from backoffice.core.actor import Actor
from backoffice.core.models import BankAccount, Issuer
from billing import guards
from billing.models import BillingRun, FeeSchedule, UsageSnapshot
from billing.services.compute import compute_run
from billing.services.runs import approve_run, create_run, review_run, start_issuing
from billing.services.schedules import load_preset_schedules
from billing.services.sealing import sign_and_seal
from billing.services.usage import open_snapshot, record_count
from contacts.models import (
    Contact,
    ContactAddress,
    Identifier,
    Membership,
    MemberType,
    Organisation,
    OrganisationAddress,
    OrganisationLink,
    RoleAssignment,
    RoleType,
)
from contacts.services.presets import load_preset

NOW = datetime(2023, 1, 9, 9, 0, tzinfo=UTC)
DAY = date(2023, 1, 9)
PREPARER = Actor.process("preparer")
APPROVER = Actor.process("approver")
JOINED = date(2020, 3, 1)


def make_agency(preset: str = "datacite") -> Issuer:
    """Role types, member types, schedules, issuer and bank account."""
    load_preset(preset, PREPARER, DAY)
    load_preset_schedules(preset, PREPARER, DAY)
    american = preset == "crossref"
    issuer = Issuer.objects.create(
        valid_from=date(2010, 1, 1),
        legal_name="Identifiers Inc." if american else "Persistente Kennungen e.V.",
        short_name="Identifiers" if american else "Kennungen e.V.",
        street="Welfengarten 1B",
        post_code="30167",
        city="Hannover",
        country="US" if american else "DE",
        register_entry="EIN 12-3456789" if american else "VR 200865 AG Hannover",
        tax_number="12-3456789" if american else "25/206/12345",
        vat_id="" if american else "DE136695976",
        email="office@agency.example.org",
        billing_email="billing@agency.example.org",
        website="https://agency.example.org",
        page_size="Letter" if american else "A4",
        currency="USD" if american else "EUR",
    )
    BankAccount.objects.create(
        issuer=issuer,
        label="Beispielbank",
        holder=issuer.legal_name,
        iban="" if american else "DE02120300000000202051",
        bic="" if american else "BYLADEM1001",
        account_number="123456789" if american else "",
        currency=issuer.currency,
    )
    return issuer


def make_member(
    name: str,
    member_type: str = "direct_member",
    *,
    country: str = "DE",
    lead: Organisation | None = None,
    joined: date = JOINED,
    vat_id: str = "",
    contact: bool = True,
    address: bool = True,
    **fields: Any,
) -> Organisation:
    """An organisation with an open membership, a billing address and a billing contact."""
    organisation = Organisation.objects.create(name=name, country=country, **fields)
    kind = MemberType.objects.get(code=member_type)
    Membership.objects.create(organisation=organisation, member_type=kind, valid_from=joined)
    if lead is not None:
        OrganisationLink.objects.create(
            kind=kind.led_by or "sponsor", lead=lead, organisation=organisation, valid_from=joined
        )
    if address:
        OrganisationAddress.objects.create(
            organisation=organisation,
            kind="billing",
            street="Long Street 1",
            post_code="12345",
            city="Springfield",
            country=country,
        )
    if vat_id:
        Identifier.objects.create(organisation=organisation, kind="vat", value=vat_id)
    if contact:
        add_billing_contact(organisation)
    return organisation


def add_billing_contact(organisation: Organisation, order: int = 1) -> ContactAddress:
    person = Contact.objects.create(given_name="Bille", family_name=f"No {organisation.pk}-{order}")
    row = ContactAddress.objects.create(
        contact=person, address=f"bills{organisation.pk}-{order}@example.org", valid_from=JOINED
    )
    RoleAssignment.objects.create(
        organisation=organisation,
        contact=person,
        role_type=RoleType.objects.get(code="billing"),
        order=order,
        valid_from=JOINED,
    )
    return row


def sealed_usage(counts: dict[Organisation, int], year: int = 2022) -> UsageSnapshot:
    snapshot = open_snapshot(year=year, source="test figures", actor=PREPARER)
    for organisation, count in counts.items():
        record_count(snapshot=snapshot, organisation_id=organisation.pk, count=count)
    return sign_and_seal(snapshot=snapshot, reason="a test", actor=PREPARER, at=NOW)


def draft_run(
    snapshot: UsageSnapshot | None,
    *,
    year: int = 2023,
    schedule: str = "datacite-2023",
    schedule_row: FeeSchedule | None = None,
    **more: Any,
) -> BillingRun:
    values = {"purpose": "annual", "invoice_date": DAY, **more}
    return create_run(
        year=year,
        schedule=schedule_row or FeeSchedule.objects.get(code=schedule),
        snapshot=snapshot,
        actor=PREPARER,
        **values,
    )


def computed_run(snapshot: UsageSnapshot | None, **more: Any) -> BillingRun:
    return compute_run(run=draft_run(snapshot, **more), actor=PREPARER, at=NOW)


def issuing_run(snapshot: UsageSnapshot | None, **more: Any) -> BillingRun:
    run = review_run(run=computed_run(snapshot, **more), actor=PREPARER)
    approve_run(run=run, actor=APPROVER, at=NOW)
    return start_issuing(run=run, actor=PREPARER)


def without_guards() -> None:
    """Takes the database's own guards away for this test, to change what is frozen."""
    with connection.cursor() as cursor:
        guards.remove(None, SimpleNamespace(connection=connection, execute=cursor.execute))


def amounts(run: BillingRun) -> dict[str, Decimal]:
    """Payer's name → gross, for the ready and issued items."""
    return {
        item.payer.name: item.gross_amount
        for item in run.items.exclude(state="parked").select_related("payer")
    }
