"""The map of the sync's fields: external ids say nothing about a person, values are not kept."""

from __future__ import annotations

from backoffice.core.personal_data import declare


def declare_sync() -> None:
    declare(
        "sync.SyncRecord",
        none=["system", "object_type", "key", "remote_id", "sent_hash", "state", "code", "fields"],
    )
    declare("sync.SyncRun", none=["system", "counts", "error"])
