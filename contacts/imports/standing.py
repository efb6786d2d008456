"""Membership periods and links to leads that an import brings."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from backoffice.core.errors import BadInput
from contacts.enums import EndReason, LinkKind, SuspensionReason
from contacts.imports.batch import Batch
from contacts.models import Membership, MemberType, Organisation, OrganisationLink, Suspension


def key_of(organisation: Organisation) -> Any:
    """The primary key, or for a row not written yet the object itself."""
    return organisation.pk or id(organisation)


def _member_type(code: str, batch: Batch) -> MemberType:
    types = batch.known["member_type"]
    if not types:
        types.update({row.code: row for row in MemberType.objects.all()})
    if code not in types:
        raise BadInput(f"Member type “{code}” is not known to this agency.", where="member type")
    return types[code]


def write_membership(organisation: Organisation, record: Any, batch: Batch) -> int:
    """Opens the period, or ends it when the row says so."""
    if not record.member_type:
        return 0
    member_type = _member_type(record.member_type, batch)
    current = batch.known["membership"].get(key_of(organisation))
    start = record.joined or batch.on
    ended = batch.known["had_membership"].get(key_of(organisation))
    if why := _act_of_its_own(current, ended, start, member_type, record):
        batch.decisions.answer(why, question="membership", where="member type", known=organisation)
        return 0
    if member_type.led_by and record.lead:
        batch.later.append(("lead", organisation, (record.lead, member_type.led_by, record.joined)))
    if current is None and (ended is None or (start >= ended and not record.ended)):
        end = None
        if record.ended:
            end = max(record.ended, start + timedelta(days=1))
        period = batch.create(
            Membership(
                organisation=organisation, member_type=member_type, valid_from=start,
                valid_until=end, end_reason=EndReason.IMPORTED if end else "", source="import",
            )
        )  # fmt: skip
        batch.known["had_membership"][key_of(organisation)] = end or date.max
        if end is None:
            batch.known["membership"][key_of(organisation)] = period
            if record.inactive:
                batch.create(
                    Suspension(organisation=organisation, valid_from=batch.on,
                               reason=SuspensionReason.OTHER, note="inactive in the registry")
                )  # fmt: skip
        return 1
    if current is not None and record.ended and current.valid_until is None:
        end = max(record.ended, current.valid_from)
        del batch.known["membership"][key_of(organisation)]
        return len(batch.change(current, {"valid_until": end, "end_reason": EndReason.IMPORTED}))
    return 0


def _act_of_its_own(
    current: Membership | None,
    ended: date | None,
    start: date,
    member_type: MemberType,
    record: Any,
) -> str:
    """Why the period cannot be written by an import alone; empty when it can."""
    if record.ended:
        return ""
    if current is not None and current.member_type_id != member_type.pk:
        return (
            f"Its open membership is “{current.member_type}”; moving it to “{member_type}” is an "
            "act of its own."
        )
    if current is None and ended is not None and start < ended:
        return f"Its membership ended on {ended}; starting it again is an act of its own."
    return ""


def finish_links(batch: Batch) -> list[str]:
    """Links to leads and parents once every row of the file is known; sentences on what is missing.

    Called in chunks by the engine through ``batch.later``.
    """
    problems: list[str] = []
    for kind, organisation, target in batch.later:
        if kind == "parent":
            parent = batch.known["organisation"].get(target)
            if parent not in (None, organisation) and organisation.parent_id != parent.pk:
                batch.change(organisation, {"parent": parent})
            continue
        (key, link_kind, joined) = target
        lead = batch.known["organisation"].get(key)
        if lead is None:
            problems.append(f"{organisation.name[:80]}: its lead {key[1]} is not known")
            continue
        known = batch.known["link"].get((key_of(organisation), link_kind))
        if known is None and lead is not organisation:
            batch.known["link"][(key_of(organisation), link_kind)] = batch.create(
                OrganisationLink(
                    kind=LinkKind(link_kind), lead=lead, organisation=organisation,
                    valid_from=joined or batch.on, source="import",
                )
            )  # fmt: skip
    batch.later = []
    return problems
