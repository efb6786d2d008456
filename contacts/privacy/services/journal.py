"""The erasure journal: keys and hashes only, in a file that a restore does not take back."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from backoffice.core.errors import Unreadable
from backoffice.core.personal_data import Subject
from backoffice.delivery.ledger_key import key_version, wrapped
from backoffice.delivery.services import address_hash
from contacts.privacy.services.planning import Decisions


def journal_entry(reference: str, subject: Subject, decisions: Decisions) -> dict[str, Any]:
    """What must be known to erase the person once more, exactly as decided."""
    return {
        "case": reference,
        "contact": subject.contact_id,
        "user": subject.user_id,
        "key": key_version(),
        "hashes": sorted(address_hash(address) for address in subject.addresses),
        "kept": {
            finder: [exception, until.isoformat() if until else None]
            for finder, (exception, until) in decisions.items()
        },
    }


def decisions_in(entry: dict[str, Any]) -> Decisions:
    """The decisions of the case, as the journal remembers them."""
    return {
        finder: (exception, date.fromisoformat(until) if until else None)
        for finder, (exception, until) in entry.get("kept", {}).items()
    }


def read_journal(path: Path | None = None) -> list[dict[str, Any]]:
    """The entries of the file, a repeated one once. Raises: Unreadable for a damaged file."""
    source = path or journal_path()
    if not source.exists():
        return []
    rows: dict[str, dict[str, Any]] = {}
    lines = source.read_text("utf-8").splitlines()
    try:
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
            except ValueError:
                if number == len(lines):
                    # A last line torn by a crash: its erasure had not begun then.
                    break
                raise
            # The file is not rotated with the database: its hashes are brought to the key in use.
            since = entry.get("key", 1)
            entry["hashes"] = sorted(wrapped(digest, since=since) for digest in entry["hashes"])
            rows[entry["case"]] = entry
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"The erasure journal {source} is damaged.") from error
    return list(rows.values())


def journal_path() -> Path:
    return Path(settings.VAR_DIR) / "erasure-journal.jsonl"


def append_journal(entry: dict) -> None:
    """Adds one erasure to the file, outside any transaction; a repeat is harmless."""
    path = journal_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(entry, sort_keys=True) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
