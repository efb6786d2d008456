"""Writes one organisation of an import: finds it, fills blanks or updates, never blanks out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from backoffice.core.errors import BadInput
from backoffice.core.texts import fold
from contacts.identifiers import check_identifier
from contacts.imports.batch import Batch
from contacts.imports.decisions import key_in, named
from contacts.imports.standing import key_of, write_membership
from contacts.models import (
    Identifier,
    Membership,
    Organisation,
    OrganisationAddress,
    OrganisationLink,
    OtherName,
)
from contacts.registry import RowResult

EMPTIED = ("CharField", "TextField", "EmailField")
KEY_KINDS = ("symbol", "salesforce", "ror", "crossref_member", "sugarcrm")


@dataclass
class OrganisationRecord:
    """What a row says about an organisation. Empty strings and None mean "says nothing"."""

    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)
    other_names: list[tuple[str, str]] = field(default_factory=list)
    billing: dict[str, str] = field(default_factory=dict)
    postal: dict[str, str] = field(default_factory=dict)
    member_type: str = ""
    joined: date | None = None
    ended: date | None = None
    inactive: bool = False
    lead: tuple[str, str] | None = None
    parent: tuple[str, str] | None = None


def prepare_organisations(keys: list[tuple[str, str]], names: list[str], batch: Batch) -> None:
    """Looks up identifiers and folded names of a chunk in two queries."""
    wanted = [key for key in keys if key not in batch.looked_up["organisation"]]
    batch.looked_up["organisation"].update(wanted)
    values = {value for _kind, value in wanted}
    one = batch.known["by_pk"]
    for row in Identifier.objects.filter(value__in=values).select_related("organisation"):
        # One object per organisation, or two rows of a chunk would change two copies of it.
        organisation = one.setdefault(row.organisation_id, row.organisation)
        batch.known["organisation"].setdefault((row.kind, row.value), organisation)
        batch.known["identifier"][(row.organisation_id, row.kind)] = row
    folded = {fold(name)[:820] for name in names if name} - batch.looked_up["name"]
    batch.looked_up["name"] |= folded
    for organisation in Organisation.objects.current().filter(name_folded__in=folded):
        _know_name(one.setdefault(organisation.pk, organisation), batch)


def _know_name(organisation: Organisation, batch: Batch) -> None:
    folded = organisation.name_folded
    batch.known["name"][folded] = [*batch.known["name"].get(folded, []), organisation]


def prepare_details(organisations: list[Organisation], batch: Batch) -> None:
    """Loads what the writer compares with: periods, links, addresses, other names."""
    fresh = [
        row for row in organisations
        if row.pk and row.pk not in batch.looked_up["details"]
    ]  # fmt: skip
    ids = [row.pk for row in fresh]
    batch.looked_up["details"].update(ids)
    for period in Membership.objects.filter(organisation__in=ids).order_by("valid_from"):
        if period.valid_until is None:
            batch.known["membership"][period.organisation_id] = period
        else:
            batch.known["had_membership"][period.organisation_id] = period.valid_until
    for link in OrganisationLink.objects.not_ended().filter(organisation__in=ids):
        batch.known["link"][(link.organisation_id, link.kind)] = link
    for address in OrganisationAddress.objects.filter(organisation__in=ids):
        batch.known["address_of"][(address.organisation_id, address.kind)] = address
    for name in OtherName.objects.filter(organisation__in=ids):
        batch.known["other_name"][(name.organisation_id, name.name)] = name
    for row in Identifier.objects.filter(organisation__in=ids):
        batch.known["identifier"][(row.organisation_id, row.kind)] = row


def find_organisation(
    batch: Batch, keys: list[tuple[str, str]], name: str = "", country: str = "",
    fits: Callable[[Organisation], bool] = bool,
) -> Organisation | None:  # fmt: skip
    """By identifier first, then by exact folded name in the same country, among those that fit.

    Raises: BadInput when the name fits several organisations.
    """
    for key in keys:
        if found := batch.known["organisation"].get(key):
            return found
    if not name:
        return None
    candidates = batch.known["name"].get(fold(name)[:820], []) or batch.known["name"].get(
        fold(f"{name} ")[:820], []
    )
    if country:
        candidates = [row for row in candidates if not row.country or row.country == country]
    candidates = [row for row in candidates if fits(row)]
    if len(candidates) > 1:
        return _chosen(
            f"“{name[:80]}” fits {len(candidates)} organisations; give an identifier.",
            candidates, "organisation", batch,
        )  # fmt: skip
    return candidates[0] if candidates else None


def _chosen(message: str, candidates: list[Organisation], where: str, batch: Batch) -> Organisation:
    """The one of several organisations that a person said is meant. Raises: NeedsDecision."""
    by_key = {row.pk: row for row in candidates if row.pk}
    choices = tuple(named(by_key[pk]) for pk in sorted(by_key))
    answer = batch.decisions.answer(message, question="organisation", where=where, choices=choices)
    return by_key[key_in(answer)]


def checked_identifiers(raw: dict[str, str]) -> dict[str, str]:
    """Compact forms. Raises: BadInput naming the cell."""
    result = {}
    for kind, value in raw.items():
        if not value:
            continue
        try:
            result[kind] = check_identifier(kind, value)
        except BadInput as error:
            raise BadInput(error.message, code=error.code, where=kind) from error
    return result


def write_organisation(record: OrganisationRecord, batch: Batch) -> RowResult:
    """Creates or updates; the outcome is created, updated or unchanged.

    Raises: BadInput for a row that cannot be used.
    """
    if not record.name:
        raise BadInput("The organisation has no name.", where="name")
    if len(record.name) > 400:
        raise BadInput("The name is longer than 400 characters.", where="name")
    keys = [(kind, value) for kind, value in record.identifiers.items() if kind in KEY_KINDS]
    known = batch.known["organisation"]
    owners = {key_of(known[key]): known[key] for key in keys if key in known}
    if len(owners) > 1:
        organisation: Organisation | None = _chosen(
            "The identifiers of this row belong to different organisations.",
            list(owners.values()), "identifiers", batch,
        )  # fmt: skip
        # What belongs to the others stays with them.
        left = {key for key in keys if key in known and known[key] is not organisation}
        held = {
            kind: value for kind, value in record.identifiers.items() if (kind, value) not in left
        }
        record = replace(record, identifiers=held)
    else:
        organisation = find_organisation(
            batch, keys, record.name if not owners else "", record.fields.get("country", ""),
            lambda row: not _contradicts(row, record, batch),
        )  # fmt: skip
    changes = 0
    created = organisation is None
    if organisation is None:
        organisation = batch.create(
            Organisation(name=record.name, source=batch.options.get("source", ""),
                         **{k: v for k, v in record.fields.items() if v not in ("", None)})
        )  # fmt: skip
        organisation.derive()
        _know_name(organisation, batch)
    else:
        values = {k: v for k, v in record.fields.items() if v not in ("", None)}
        values |= _blanks(record, organisation, batch)
        changes += len(batch.change(organisation, {"name": record.name, **values}))
    changes += _identifiers(organisation, record, batch)
    changes += _addresses(organisation, record, batch)
    changes += _other_names(organisation, record, batch)
    changes += write_membership(organisation, record, batch)
    if record.parent:
        batch.later.append(("parent", organisation, record.parent))
    if created:
        return RowResult("created")
    return RowResult("updated" if changes else "unchanged")


def _blanks(record: OrganisationRecord, organisation: Organisation, batch: Batch) -> dict[str, Any]:
    """Empty cells of the file's own columns, where staff asked that they empty the field."""
    emptied = {}
    for name in batch.options.get("blanks", ()):
        column = organisation._meta.get_field(name) if name in record.fields else None
        if column is None or record.fields[name] not in ("", None):
            continue
        if column.null or column.get_internal_type() in EMPTIED:
            emptied[name] = None if column.null else ""
    return emptied


def _contradicts(organisation: Organisation, record: OrganisationRecord, batch: Batch) -> bool:
    """Same name, but another identifier of the same kind: two organisations."""
    known = batch.known["identifier"]
    mine = key_of(organisation)
    return any(
        (mine, kind) in known and known[(mine, kind)].value != value
        for kind, value in record.identifiers.items()
        if kind in KEY_KINDS
    )


def _identifiers(organisation: Organisation, record: OrganisationRecord, batch: Batch) -> int:
    known, mine = batch.known["identifier"], key_of(organisation)
    added = 0
    for kind, value in record.identifiers.items():
        owner = batch.known["organisation"].get((kind, value))
        if owner is not None and key_of(owner) == mine:
            # It may hold several of a kind, after a merge.
            continue
        if (mine, kind) in known:
            added += len(batch.change(known[(mine, kind)], {"value": value}))
            continue
        if (kind, value) in batch.known["organisation"]:
            if kind not in KEY_KINDS:
                # Directories share ISNI, GRID and Wikidata ids between related bodies.
                continue
            batch.decisions.answer(
                f"{kind} {value} belongs to another organisation.",
                question="identifier",
                where=kind,
                known=owner,
            )
            continue
        known[(mine, kind)] = batch.create(
            Identifier(organisation=organisation, kind=kind, value=value)
        )
        batch.known["organisation"][(kind, value)] = organisation
        added += 1
    return added


def _addresses(organisation: Organisation, record: OrganisationRecord, batch: Batch) -> int:
    changes = 0
    for kind, values in (("billing", record.billing), ("postal", record.postal)):
        given = {key: value for key, value in values.items() if value}
        if not given.get("street") and not given.get("city"):
            continue
        key = (key_of(organisation), kind)
        current = batch.known["address_of"].get(key)
        if current is None:
            batch.known["address_of"][key] = batch.create(
                OrganisationAddress(organisation=organisation, kind=kind, **given)
            )
            changes += 1
        else:
            changes += len(batch.change(current, given))
    return changes


def _other_names(organisation: Organisation, record: OrganisationRecord, batch: Batch) -> int:
    added = 0
    for kind, name in record.other_names:
        key = (key_of(organisation), name)
        if not name or len(name) > 400 or key in batch.known["other_name"]:
            continue
        batch.known["other_name"][key] = batch.create(
            OtherName(organisation=organisation, kind=kind, name=name)
        )
        added += 1
    return added
