"""The whole application form: its parts, one row per duty, and the rules across them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contacts.duty_rules import distinct_missing, sits_inside
from contacts.enums import DutyRuleKind
from contacts.models import DutyRule, RoleType
from contacts.public_forms import (
    AddressForm,
    ApplicantForm,
    OrganisationForm,
    PersonForm,
    local_label,
)

BILLING = ("recipient", "street", "post_code", "city")


class WholeForm:
    """Not a Django form: several, valid together."""

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        self.organisation = OrganisationForm(data)
        self.address = AddressForm(data)
        self.applicant = ApplicantForm(data)
        self.roles = list(RoleType.objects.filter(optional=False))
        self.people = [
            (role, local_label(role), PersonForm(data, prefix=f"duty_{role.code}"))
            for role in self.roles
        ]
        self.problems: list[str] = []

    def is_valid(self) -> bool:
        parts = [self.organisation, self.address, self.applicant]
        parts += [form for _role, _label, form in self.people]
        # Every part is asked, so that all mistakes are shown at once.
        good = not [part for part in parts if not part.is_valid()]
        if good:
            self._check_rules()
        return good and not self.problems

    @property
    def is_bound(self) -> bool:
        return self.organisation.is_bound

    def _needed(self, kind: str) -> set[str]:
        """Codes of the roles that a rule of this kind names for the chosen member type."""
        member_type = self.organisation.cleaned_data["member_type"]
        rules = DutyRule.objects.filter(kind=kind, role_type__isnull=False).select_related(
            "role_type"
        )
        return {
            rule.role_type.code  # type: ignore[union-attr]
            for rule in rules
            if rule.member_type_id in (None, member_type.pk)
        }

    def holders(self) -> dict[str, dict[str, str]]:
        """Role code → the person named; an empty row of a required duty is the applicant."""
        own = self.applicant.cleaned_data
        applicant = {
            "given_name": own["applicant_given_name"], "family_name": own["applicant_family_name"],
            "email": own["applicant_email"],
        }  # fmt: skip
        required = self._needed(DutyRuleKind.REQUIRED)
        found: dict[str, dict[str, str]] = {}
        for role, _label, form in self.people:
            if form.cleaned_data["email"]:
                found[role.code] = {
                    key: form.cleaned_data[key] for key in ("given_name", "family_name", "email")
                }
            elif role.code in required:
                found[role.code] = applicant
        return found

    def _check_rules(self) -> None:
        holders = self.holders()
        website = self.organisation.cleaned_data["website"]
        inside = self._needed(DutyRuleKind.INSIDE)
        for role, label, form in self.people:
            person = holders.get(role.code)
            if role.code not in inside or person is None:
                continue
            if not sits_inside([person["email"]], website=website):
                form.add_error(
                    "email",
                    _("This person must sit inside the organisation: the address has another "
                      "domain than the web site."),
                )  # fmt: skip
                self.problems.append(label)
        for rule in DutyRule.objects.filter(kind=DutyRuleKind.DISTINCT):
            needed = rule.parameter.get("addresses", 1)
            short = distinct_missing(
                {code: person["email"] for code, person in holders.items()},
                roles=rule.parameter.get("roles", []),
                needed=needed,
            )
            if short:
                self.problems.append(
                    _("Name at least %(n)s people with different addresses over the duties.")
                    % {"n": needed}
                )

    def fields(self) -> dict[str, Any]:
        """The columns of the application."""
        organisation, address = dict(self.organisation.cleaned_data), self.address.cleaned_data
        applicant = {
            key: value
            for key, value in self.applicant.cleaned_data.items()
            if key not in ("terms", "told", "homepage")
        }
        postal = {
            key: address[key]
            for key in ("street", "post_code", "city", "state_code", "country", "vat_id",
                        "tax_number")
        }  # fmt: skip
        billing = {key: address[f"billing_{key}"] for key in BILLING}
        german = (get_language() or "").startswith("de")
        return {
            **organisation,
            **postal,
            **applicant,
            "billing_address": {**billing, "country": postal["country"]} if billing["city"] else {},
            "language": "de" if german else "en-gb",
        }

    def contacts(self) -> list[dict[str, Any]]:
        """One entry per address with all its duties."""
        merged: dict[str, dict[str, Any]] = {}
        for code, person in self.holders().items():
            entry = merged.setdefault(person["email"], {**person, "roles": []})
            entry["roles"].append(code)
        return list(merged.values())
