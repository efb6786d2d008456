"""The duty board: every gap of every member, why, and since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Max
from django.utils.translation import get_language

from contacts.duty_rules import distinct_missing
from contacts.enums import DutyRuleKind
from contacts.models import DutyRule, Membership, RoleAssignment
from contacts.queries import Reachable, duty_holders


@dataclass(frozen=True)
class DutyCell:
    """One duty of one organisation. ``state``: ok, weak (deputy only or bounced softly), missing,
    empty (not required)."""

    role_code: str
    label: str
    state: str
    holders: tuple[Reachable, ...]
    why: str = ""
    since: date | None = None


def _required(on: date, ids: list[int] | None) -> dict[int, set[int]]:
    """Organisation id → ids of the role types its member type must fill."""
    rules: dict[int, set[int]] = defaultdict(set)
    for rule in DutyRule.objects.filter(kind=DutyRuleKind.REQUIRED):
        rules[rule.member_type_id or 0].add(rule.role_type_id)  # type: ignore[arg-type]
    periods = Membership.objects.open(on=on)
    if ids is not None:
        periods = periods.filter(organisation_id__in=ids)
    return {
        organisation: rules[0] | rules[member_type]
        for organisation, member_type in periods.values_list("organisation_id", "member_type_id")
    }


def cells_of(
    organisation_ids: Iterable[int] | None, roles: list, *, on: date
) -> dict[int, list[DutyCell]]:
    """Duty cells by organisation, in the order of ``roles``; a fixed number of queries.

    With ``organisation_ids`` None: all members on that day.
    """
    ids = None if organisation_ids is None else list(organisation_ids)
    required = _required(on, ids)
    wanted = list(required) if ids is None else ids
    holders: dict[tuple[int, str], list[Reachable]] = defaultdict(list)
    for holder in duty_holders(on=on, organisation_ids=ids):
        holders[(holder.organisation_id, holder.role_code)].append(holder)
    ended = _last_ends(ids)
    started = dict(
        Membership.objects.open(on=on)
        .filter(organisation_id__in=wanted)
        .values_list("organisation_id", "valid_from")
    )
    return {
        organisation: [
            _cell(
                role,
                tuple(holders.get((organisation, role.code), ())),
                role.pk in required.get(organisation, set()),
                ended.get((organisation, role.pk)) or started.get(organisation),
            )
            for role in roles
        ]
        for organisation in wanted
    }


def _last_ends(ids: list[int] | None) -> dict[tuple[int, int], date]:
    rows = RoleAssignment.objects.filter(valid_until__isnull=False)
    if ids is not None:
        rows = rows.filter(organisation_id__in=ids)
    found = rows.values("organisation_id", "role_type_id").annotate(last=Max("valid_until"))
    return {(row["organisation_id"], row["role_type_id"]): row["last"] for row in found.order_by()}


def _cell(
    role, holders: tuple[Reachable, ...], required: bool, vacant_since: date | None
) -> DutyCell:
    reachable = [holder for holder in holders if not holder.why_not]
    if reachable and reachable[0].order == 1:
        return DutyCell(role.code, role.label, "ok", holders)
    if reachable:
        return DutyCell(
            role.code, role.label, "weak", holders, "only_deputy", holders[0].since or vacant_since
        )
    if not required:
        return DutyCell(role.code, role.label, "empty", holders)
    if holders:
        first = holders[0]
        return DutyCell(
            role.code, role.label, "missing", holders, first.why_not, first.since or vacant_since
        )
    return DutyCell(role.code, role.label, "missing", holders, "vacant", vacant_since)


def too_few_people(board: dict[int, list[DutyCell]]) -> dict[int, int]:
    """Organisation id → how many different people are missing over the duties of a rule that wants
    so many (Crossref: three over five)."""
    missing: dict[int, int] = {}
    for rule in DutyRule.objects.filter(kind=DutyRuleKind.DISTINCT):
        roles = rule.parameter.get("roles", [])
        for organisation, cells in board.items():
            holders = {
                cell.role_code: str(cell.holders[0].contact_id)
                for cell in cells
                if cell.holders and cell.role_code in roles
            }
            short = distinct_missing(
                holders, roles=roles, needed=rule.parameter.get("addresses", 1)
            )
            if short:
                missing[organisation] = max(short, missing.get(organisation, 0))
    return missing


def role_labels() -> dict[str, str]:
    """Code → label in the active language."""
    from contacts.models import RoleType

    german = (get_language() or "").startswith("de")
    return {
        role.code: (role.label_de if german else "") or role.label
        for role in RoleType.objects.all()
    }


def count_gaps(*, on: date) -> int:
    """Required duties of members without a holder who can be reached (for the dashboard)."""
    from contacts.models import RoleType

    board = cells_of(None, list(RoleType.objects.all()), on=on)
    return sum(1 for cells in board.values() for cell in cells if cell.state == "missing")
