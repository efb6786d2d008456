"""Fee schedules as data: the typed form of a published, dated tariff.

A schedule is a JSON object (billing/schedules/*.json). Reading one checks it completely, so that
the
engine never meets a gap, an overlap or an unknown rule in the middle of a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

#: Order in which the lines of one member are printed.
COMPONENT_CODES = (
    "membership",
    "organisation_fee",
    "doi_fee",
    "infrastructure_fee",
    "high_volume",
    "surcharge_10k",
    "consortium_cap",
    "registration",
    "exemption",
    "discount",
)
RULE_KINDS = (
    "fixed",
    "tiers",
    "graduated",
    "multiplier",
    "country_group",
    "cap",
    "registrations",
    "exempt_countries",
    "percent",
)
PRORATIONS = ("month", "quarter", "day", "none")
BILL_TO = ("self", "lead", "sponsor")
FIRST_YEAR = ("prorate", "estimate", "whole", "skip")
TAX_TREATMENTS = ("service", "genuine_dues")
#: How neighbouring tiers meet: whole numbers, or a border that belongs to the lower or the upper
#: tier.
BOUNDARIES = ("integer", "upper_inclusive", "upper_exclusive")


class ScheduleError(ValueError):
    """A schedule that cannot be used; `field` is the path of the faulty entry."""

    def __init__(self, field_path: str, reason: str) -> None:
        self.field = field_path
        self.reason = reason
        super().__init__(f"{field_path}: {reason}")


@dataclass(frozen=True, slots=True)
class Tier:
    """One band of a measure. Exactly one of `flat`, `per_unit`, `factor` is set, or none.

    None set means that the amount is not confirmed: a member in this band is parked.
    """

    lower: Decimal
    upper: Decimal | None
    flat: Decimal | None = None
    per_unit: Decimal | None = None
    factor: Decimal | None = None
    label: str = ""
    mark: str = "P"

    @property
    def is_unset(self) -> bool:
        return self.flat is None and self.per_unit is None and self.factor is None


@dataclass(frozen=True, slots=True)
class CountryGroup:
    """Countries (ISO 3166-1 alpha-2) that share one amount; an amount of None is unconfirmed."""

    name: str
    countries: frozenset[str]
    amount: Decimal | None
    mark: str = "P"


@dataclass(frozen=True, slots=True)
class Rule:
    """How a component is priced; which attributes are set depends on `kind`."""

    kind: str
    amount: Decimal | None = None
    mark: str = "P"
    measure: str = ""
    boundaries: str = "integer"
    tiers: tuple[Tier, ...] = ()
    base: Decimal | None = None
    groups: tuple[CountryGroup, ...] = ()
    prices: dict[str, dict[str, Decimal | None]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    countries: frozenset[str] = frozenset()
    unconfirmed_countries: frozenset[str] = frozenset()
    covers: tuple[str, ...] = ()
    minimum_organisations: int = 0
    outside_for_profit: bool = False
    outside_dois_at_least: int = 0
    percent: Decimal | None = None
    of_sponsored: bool = False


@dataclass(frozen=True, slots=True)
class Applies:
    """Whom a component concerns. An empty tuple of member types means every member type."""

    member_types: tuple[str, ...] = ()
    for_profit: bool | None = None
    sponsored: bool | None = None
    dois_above: int | None = None


@dataclass(frozen=True, slots=True)
class Component:
    key: str
    code: str
    labels: dict[str, str]
    applies: Applies
    rule: Rule
    bill_to: str = "self"
    first_year: str = "prorate"
    prorate_flat_first_year: bool = False
    tax: str = "service"
    account: str = ""
    enabled: bool = True
    from_year: int | None = None
    until_year: int | None = None
    note: str = ""

    def in_force(self, year: int) -> bool:
        """Whether the component is charged for `year`; `until_year` is exclusive."""
        return (
            self.enabled
            and (self.from_year is None or year >= self.from_year)
            and (self.until_year is None or year < self.until_year)
        )


@dataclass(frozen=True, slots=True)
class TypeAlias:
    """A registry's member type that is another one with a fixed for-profit class."""

    member_type: str
    for_profit: bool | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """One version of one tariff. `valid_until` is exclusive; amounts are in `currency`."""

    code: str
    version: int
    agency: str
    currency: str
    valid_from: date
    valid_until: date | None
    payment_days: int
    proration: str
    member_types: tuple[str, ...]
    aliases: dict[str, TypeAlias]
    refused: dict[str, str]
    components: tuple[Component, ...]
    source: str
    notes: tuple[str, ...] = ()
    for_profit_in_consortium: bool = True

    def component_for(self, code: str) -> Component | None:
        return next((c for c in self.components if c.code == code and c.enabled), None)
