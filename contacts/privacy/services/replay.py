"""After a restore: every erasure since the backup is carried out again before normal operation."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import Unreadable
from backoffice.core.personal_data import Subject
from backoffice.core.restores import mark_path
from backoffice.core.services import audit
from backoffice.delivery.services import address_hash, suppress_hash
from contacts.models import Contact, ContactAddress
from contacts.privacy.models import ErasureJournal
from contacts.privacy.services.closing import close_contact, close_login, end_duties
from contacts.privacy.services.erase import erase_rows
from contacts.privacy.services.planning import make_plan
from contacts.privacy.services.subjects import subject_of_contact


def read_journal(path: Path | None = None) -> list[dict]:
    """The journal file, kept outside the database because a restore would take it back too.

    Rows of the table are added, so that a lost file is made good where the database still knows.

    Raises: Unreadable for a damaged file.
    """
    source = path or journal_path()
    rows: dict[str, dict] = {
        row.case_reference: {
            "case": row.case_reference, "contact": row.contact_ref, "user": row.user_ref,
            "hashes": row.address_hashes,
        }
        for row in ErasureJournal.objects.all()
    }  # fmt: skip
    if source.exists():
        try:
            for line in source.read_text("utf-8").splitlines():
                entry = json.loads(line)
                rows[entry["case"]] = entry
        except (ValueError, KeyError) as error:
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


def replay(*, journal: list[dict], actor: Actor) -> int:
    """Erases again whom the journal names and this database still knows; how many were erased."""
    hashes = {digest for row in journal for digest in row["hashes"]}
    contact_ids = {row["contact"] for row in journal if row["contact"] is not None}
    erased = 0
    for contact in Contact.objects.living():
        addresses = [
            value
            for value in ContactAddress.objects.filter(contact=contact).values_list(
                "address", flat=True
            )
            if value
        ]
        known = contact.pk in contact_ids or any(address_hash(a) in hashes for a in addresses)
        if known and addresses and {address_hash(a) for a in addresses} & hashes:
            _erase_again(subject_of_contact(contact), actor=actor)
            erased += 1
    for digest in hashes:
        suppress_hash(digest, scope="all", reason="erased", source="replay")
    audit.record("privacy", "replay", actor=actor, facts={"erased": erased})
    mark_path().unlink(missing_ok=True)
    return erased


def _erase_again(subject: Subject, *, actor: Actor) -> None:
    today = dates.today()
    plan = make_plan(subject, on=today)
    with transaction.atomic():
        end_duties(subject, on=today, actor=actor)
        for item in plan:
            if item.action != "keep":
                erase_rows(item.model, list(item.row_ids))
        close_login(subject)
        close_contact(subject, actor=actor)
