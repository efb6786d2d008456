"""The suppression key: the right one is in use, and a new one takes over all stored hashes."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models, transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import NotConfigured
from backoffice.core.services import audit
from backoffice.delivery.ledger_key import fingerprint, key_version, wrapped
from backoffice.delivery.models import LedgerKey
from backoffice.delivery.registry import ADDRESS_HASHES, HashColumn

ROWS = 1000


def note_first_key() -> None:
    """Remembers the key that a new database begins with."""
    if not LedgerKey.objects.exists():
        LedgerKey.objects.create(version=key_version(), fingerprint=fingerprint())


def key_problem() -> str:
    """Why addresses cannot be looked up with the key that is set, in a sentence; else empty."""
    stored = LedgerKey.objects.order_by("version").last()
    if stored is None:
        return ""
    if stored.version < key_version():
        return "The suppression key was rotated. Run first: manage.py rotate_suppression_key"
    if stored.version > key_version() or stored.fingerprint != fingerprint():
        return (
            "The suppression key is not the one that this database was used with: nobody who "
            "unsubscribed would be recognised. Set ROLLCALL_SUPPRESSION_KEY and "
            "ROLLCALL_SUPPRESSION_FORMER_KEYS as they were."
        )
    return ""


def rotate_key(*, actor: Actor) -> dict[str, int]:
    """Brings every stored hash to the key in use: name of the column → rows. In one transaction; run
    twice, the second finds nothing to do (an empty answer).

    Raises: NotConfigured when the former keys are not those of the stored hashes.
    """
    with transaction.atomic():
        stored = LedgerKey.objects.select_for_update().order_by("version").last()
        if stored is None or stored.version == key_version():
            if problem := key_problem():
                raise NotConfigured(problem)
            return {}
        _check_former(stored)
        # The unique version: of two at once the second fails here, with nothing written.
        LedgerKey.objects.create(version=key_version(), fingerprint=fingerprint())
        counts = {name: _wrap(column, stored.version) for name, column in ADDRESS_HASHES}
        audit.record(
            "suppression", "rotate_key", actor=actor,
            facts={"version": key_version(), "rows": sum(counts.values())},
        )  # fmt: skip
    return counts


def _check_former(stored: LedgerKey) -> None:
    """Raises: NotConfigured."""
    if stored.version > key_version() or stored.fingerprint != fingerprint(stored.version):
        raise NotConfigured(
            f"Key {stored.version} of this database is not among ROLLCALL_SUPPRESSION_FORMER_KEYS, "
            "which names all former keys from the oldest on."
        )


def _wrap(column: HashColumn, since: int) -> int:
    model = apps.get_model(column.label)
    rows = model._base_manager.only("pk", column.field).order_by("pk")
    if column.suffix:
        rows = rows.filter(**{f"{column.field}__endswith": f"@{column.suffix}"})
    count, batch = 0, []
    for row in rows.iterator(chunk_size=ROWS):
        setattr(row, column.field, _fresh(getattr(row, column.field), column, since))
        batch.append(row)
        if len(batch) == ROWS:
            count, batch = count + _write(model, batch, column), []
    count += _write(model, batch, column)
    if column.version_field:
        model._base_manager.update(**{column.version_field: key_version()})
    return count


def _write(model: type[models.Model], batch: list[Any], column: HashColumn) -> int:
    if batch:
        model._base_manager.bulk_update(batch, [column.field])
    return len(batch)


def _fresh(value: Any, column: HashColumn, since: int) -> Any:
    if isinstance(value, list):
        return sorted(wrapped(item, since=since) for item in value)
    if column.suffix:
        return f"{wrapped(value.partition('@')[0], since=since)}@{column.suffix}"
    return wrapped(value, since=since) if value else value
