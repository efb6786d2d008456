"""Seller and buyer as they are printed, and the facts that decide about VAT."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import NotConfigured, RuleBroken
from backoffice.core.models import BankAccount, Issuer
from billing.einvoice.tax import BuyerTax, SellerTax
from billing.einvoice.vat_id import Answer, check_vat_id
from billing.einvoice.vat_rates import STANDARD_RATES
from billing.models import BillingProfile, NonDeductibleShare, VatCheck
from billing.queries import conclusive_vat_checks, vat_ids
from billing.services.vat_ids import answer_holds, is_online
from contacts.enums import AddressKind, BusinessStatus
from contacts.models import Organisation, OrganisationAddress
from contacts.queries import duty_holders


@dataclass(frozen=True)
class Seller:
    """The agency on the day of the document."""

    issuer: Issuer
    data: dict[str, Any]
    account: dict[str, Any] | None
    tax: SellerTax
    #: Year → share of dues that is not deductible, of an American association that lobbies.
    not_deductible: dict[int, Decimal] = field(default_factory=dict)


def seller_on(day: date, currency: str) -> Seller:
    """The issuer valid on that day. Raises: NotConfigured without one."""
    issuer = Issuer.objects.filter(valid_from__lte=day).order_by("-valid_from").first()
    if issuer is None:
        raise NotConfigured(_("No issuer is set up that is valid on %(day)s.") % {"day": day})
    return Seller(
        issuer=issuer,
        data={
            "name": issuer.legal_name,
            "short_name": issuer.short_name,
            "address_lines": [issuer.street],
            "postcode": issuer.post_code,
            "city": issuer.city,
            "subdivision": issuer.state_code,
            "country": issuer.country,
            "legal_id": issuer.register_entry,
            "vat_id": issuer.vat_id,
            "tax_number": issuer.tax_number,
            "email": issuer.billing_email or issuer.email,
            "contact_name": issuer.short_name,
            "phone": issuer.phone,
            "website": issuer.website,
            "page_size": issuer.page_size,
        },
        account=_account(issuer, currency),
        tax=SellerTax(issuer.country, issuer.vat_id, STANDARD_RATES.get(issuer.country, ())),
        not_deductible=dict(NonDeductibleShare.objects.values_list("year", "percent"))
        if issuer.country == "US"
        else {},
    )


def _account(issuer: Issuer, currency: str) -> dict[str, Any] | None:
    row = BankAccount.objects.filter(issuer=issuer, currency=currency).order_by("id").first()
    if row is None:
        return None
    return {
        "bank": row.label,
        "holder": row.holder,
        "iban": row.iban.replace(" ", ""),
        "bic": row.bic,
        "account_id": row.account_number,
        "routing": row.routing_number,
    }


@dataclass(frozen=True)
class Buyers:
    """What a run needs about all payers, loaded in few queries."""

    organisations: dict[int, Organisation]
    addresses: dict[int, OrganisationAddress]
    vat: dict[int, str]
    checks: dict[int, VatCheck]
    profiles: dict[int, BillingProfile]
    reachable: dict[int, str]

    @classmethod
    def load(cls, organisation_ids: list[int], *, on: date, at: datetime) -> Buyers:
        addresses: dict[int, OrganisationAddress] = {}
        rows = OrganisationAddress.objects.filter(organisation_id__in=organisation_ids)
        for row in rows.order_by("kind"):
            if row.organisation_id not in addresses or row.kind == AddressKind.BILLING:
                addresses[row.organisation_id] = row
        reachable: dict[int, str] = {}
        for holder in duty_holders(on=on, organisation_ids=organisation_ids, bills=True):
            known = reachable.get(holder.organisation_id)
            if known is None or (known and not holder.why_not):
                reachable[holder.organisation_id] = holder.why_not
        return cls(
            organisations=Organisation.objects.in_bulk(organisation_ids),
            addresses=addresses,
            vat=vat_ids(organisation_ids),
            checks=_checks(organisation_ids, at),
            profiles={
                p.organisation_id: p
                for p in BillingProfile.objects.filter(organisation_id__in=organisation_ids)
            },
            reachable=reachable,
        )

    def printed(self, organisation_id: int) -> dict[str, Any]:
        """Name and address of the buyer. Raises: RuleBroken when the address is missing."""
        organisation = self.organisations[organisation_id]
        address = self.addresses.get(organisation_id)
        if address is None or not address.city or not (address.street or address.post_code):
            raise RuleBroken(_("the billing address is missing"), code="no_address")
        return {
            "name": address.recipient or organisation.name,
            "address_lines": [line for line in (address.department, address.street) if line],
            "postcode": address.post_code,
            "city": address.city,
            "subdivision": address.state_code,
            "country": address.country or organisation.country,
            "vat_id": self.vat_id(organisation_id),
            "identifier": "",
        }

    def vat_id(self, organisation_id: int) -> str:
        value = self.vat.get(organisation_id, "")
        if not value:
            return ""
        return check_vat_id(value, self.organisations[organisation_id].country).compact

    def checked_offline(self, organisation_id: int) -> bool:
        """Whether only form and check digits of the VAT id are known, no answer about it."""
        check = self.checks.get(organisation_id)
        vat_id = self.vat_id(organisation_id)
        return bool(vat_id) and (check is None or check.vat_id != vat_id)

    def tax(self, organisation_id: int) -> BuyerTax:
        """The facts on file. The newest answer counts; without one the id is checked offline."""
        organisation = self.organisations[organisation_id]
        address = self.addresses.get(organisation_id)
        vat_id = self.vat_id(organisation_id)
        answer, override = Answer.UNKNOWN, ""
        check = self.checks.get(organisation_id)
        if check is not None and check.vat_id == vat_id:
            answer = Answer(check.answer)
            override = check.reason if check.source == "staff" and check.answer == "valid" else ""
        elif vat_id and not is_online():
            answer = check_vat_id(vat_id, organisation.country).answer
        known = organisation.business_status != BusinessStatus.UNKNOWN
        return BuyerTax(
            country=(address.country if address else "") or organisation.country,
            vat_id=vat_id,
            vat_answer=answer,
            is_business=organisation.business_status == BusinessStatus.BUSINESS if known else None,
            evidence_on=organisation.business_evidence_on,
            override_reason=override,
        )


def _checks(organisation_ids: list[int], at: datetime) -> dict[int, VatCheck]:
    """The clear answers that are new enough to bill by."""
    found = conclusive_vat_checks(organisation_ids)
    if not is_online():
        return found
    return {pk: check for pk, check in found.items() if answer_holds(check, at=at)}
