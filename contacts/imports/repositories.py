"""Fabrica's repositories export: a member's repositories with their parents."""

from __future__ import annotations

import re

from backoffice.core.errors import BadInput
from backoffice.core.texts import fold
from contacts.imports import values
from contacts.imports.batch import Batch
from contacts.imports.organisations import prepare_organisations
from contacts.models import Repository
from contacts.registry import ImportKind, RowResult

SYMBOL = re.compile(r"^[A-Z]{2,8}\.[A-Z0-9]+(-[A-Z0-9]+)?$")


def prepare(rows, batch: Batch) -> None:
    owners = [("symbol", _owner(row)) for row in rows]
    prepare_organisations([key for key in owners if key[1]], [], batch)
    symbols = {row.get("symbol").upper() for row in rows}
    for repository in Repository.objects.filter(symbol__in=symbols).select_related("organisation"):
        batch.known["repository"][repository.symbol] = repository


def _owner(row) -> str:
    return (row.get("organisation") or row.get("symbol").partition(".")[0]).upper()


def apply(row, batch: Batch) -> RowResult:
    symbol = row.get("symbol").upper()
    if not SYMBOL.match(symbol) or len(symbol) > 20:
        raise BadInput(f"“{symbol[:40]}” is not a repository symbol.", where="Repository ID")
    owner = batch.known["organisation"].get(("symbol", _owner(row)))
    if owner is None:
        raise BadInput(
            f"The organisation “{_owner(row)[:20]}” is not known; import organisations first.",
            where="Organization",
        )
    closed = values.day(row.get("deleted"), "Fabrica Deletion Date")
    wanted = {
        "name": values.text(row.get("name"))[:300],
        "url": row.get("url")[:500],
        "description": values.text(row.get("description")),
        "active": values.yes(row.get("active"), "isActive") if row.get("active") else True,
        "closed_on": closed,
    }
    if row.get("email"):
        wanted["system_email"] = row.get("email")[:254]
    return _write(symbol, owner, wanted, batch)


def _write(symbol: str, owner, wanted: dict[str, object], batch: Batch) -> RowResult:
    known: Repository | None = batch.known["repository"].get(symbol)
    if known is None:
        batch.known["repository"][symbol] = batch.create(
            Repository(organisation=owner, symbol=symbol, **wanted)
        )
        return RowResult("created")
    if known.organisation_id != owner.pk:
        batch.decisions.answer(
            "The repository belongs to another organisation here; moving it is an act of its own.",
            question="owner", where="Organization", known=known.organisation,
        )  # fmt: skip
    filled = {key: value for key, value in wanted.items() if value not in ("", None)}
    if "name" in filled:
        filled["name_folded"] = fold(str(filled["name"]))[:300]
    return RowResult("updated" if batch.change(known, filled) else "unchanged")


FABRICA_REPOSITORIES = ImportKind(
    "fabrica-repositories", "Fabrica: repositories",
    {"repositoryname": "name", "repositoryid": "symbol", "organization": "organisation",
     "isactive": "active", "description": "description", "repositoryurl": "url",
     "generalcontactemail": "email", "fabricacreationdate": "created",
     "fabricadeletiondate": "deleted"},
    frozenset({"symbol", "name"}), apply, prepare,
)  # fmt: skip
