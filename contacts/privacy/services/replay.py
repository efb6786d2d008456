"""After a restore: every erasure since the backup is carried out again before normal operation."""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, Unreadable
from backoffice.core.personal_data import FINDERS, Subject
from backoffice.core.restores import mark_path
from backoffice.core.services import audit
from backoffice.delivery.services import address_hash, suppress_hash
from contacts.models import Contact
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
            lines = source.read_text("utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                try:
                    entry = json.loads(line)
                except ValueError:
                    if number == len(lines):
                        # A last line torn by a crash: its erasure had not begun then.
                        break
                    raise
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
        handle.flush()
        os.fsync(handle.fileno())


def replay(*, journal: list[dict], actor: Actor) -> int:
    """Erases again whom the journal names and this database still knows; how many were erased.

    An address counts only while somebody holds it: one that was passed on to another person since
    is not a reason to erase the new holder.
    """
    hashes = {digest for row in journal for digest in row["hashes"]}
    contact_ids = {row["contact"] for row in journal if row["contact"] is not None}
    erased = 0
    for contact in Contact.objects.living().prefetch_related("addresses"):
        held = {
            address_hash(row.address): row.valid_until is None
            for row in contact.addresses.all()
            if row.address
        }
        mine = set(held) & hashes
        if mine and (contact.pk in contact_ids or any(held[digest] for digest in mine)):
            _erase_again(subject_of_contact(contact), actor=actor)
            erased += 1
    for address in sorted(_known_addresses(hashes)):
        # Known without a contact: a newsletter reader, a row of mail.
        _erase_again(Subject(addresses=frozenset({address})), actor=actor)
        erased += 1
    for digest in hashes:
        suppress_hash(digest, scope="all", reason="erased", source="replay")
    audit.record("privacy", "replay", actor=actor, facts={"erased": erased})
    mark_path().unlink(missing_ok=True)
    return erased


ADDRESS_FIELDS = frozenset({"address", "email", "sender", "recipient"})
# An ended address of a living person stays with that person; the case itself is kept.
NOT_ASKED = frozenset({"contacts.contactaddress", "privacy.privacycase"})


def _known_addresses(hashes: set[str]) -> set[str]:
    """Addresses in any table with a finder whose hash the journal names."""
    found: set[str] = set()
    for _name, finder in FINDERS:
        if finder.label.lower() in NOT_ASKED:
            continue
        model = apps.get_model(finder.label)
        for field in {f.name for f in model._meta.concrete_fields} & ADDRESS_FIELDS:
            values = model._base_manager.order_by().values_list(field, flat=True).distinct()
            found |= {value for value in values if value and _hash_or_none(value) in hashes}
    return found


def _hash_or_none(value: str) -> str | None:
    try:
        return address_hash(value)
    except BadInput:
        return None


def _erase_again(subject: Subject, *, actor: Actor) -> None:
    today = dates.today()
    plan = make_plan(subject, on=today)
    with transaction.atomic():
        end_duties(subject, on=today, actor=actor)
        for item in plan:
            if item.action != "keep":
                prepare = FINDERS.get(item.finder).before
                if prepare is not None:
                    prepare(list(item.row_ids))
                erase_rows(item.model, list(item.row_ids))
        close_login(subject)
        close_contact(subject, actor=actor)
