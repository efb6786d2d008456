"""After a restore: every erasure since the backup is carried out again before normal operation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput
from backoffice.core.personal_data import FINDERS, Subject
from backoffice.core.restores import mark_path
from backoffice.core.services import audit
from backoffice.delivery.services import address_hash, suppress_hash
from contacts.models import Contact, ContactAddress
from contacts.privacy.models import ErasureJournal
from contacts.privacy.services.forgetting import forget_person
from contacts.privacy.services.journal import decisions_in
from contacts.privacy.services.subjects import subject_of_contact


def replay(*, journal: list[dict[str, Any]], at: datetime, actor: Actor) -> int:
    """Erases again whom the journal names and this database still knows; how many were erased.

    An erasure that this database has in its own table was carried out in it already: somebody who
    has signed up afresh since is left alone. An address counts only while somebody holds it: one
    that was passed on to another person is not a reason to erase the new holder. Repeatable.
    """
    known = set(ErasureJournal.objects.values_list("case_reference", flat=True))
    entries = [entry for entry in journal if entry["case"] not in known]
    wanted = {digest for entry in entries for digest in entry["hashes"]}
    holders, elsewhere = _holders(wanted), _known_addresses(wanted)
    erased = sum(_replay_entry(entry, holders, elsewhere, at, actor) for entry in entries)
    audit.record("privacy", "replay", actor=actor, facts={"erased": erased})
    mark_path().unlink(missing_ok=True)
    return erased


Holders = dict[str, set[tuple[int, bool]]]


def _replay_entry(
    entry: dict[str, Any],
    holders: Holders,
    elsewhere: dict[str, set[str]],
    at: datetime,
    actor: Actor,
) -> int:
    """One erasure: contact, rows under bare addresses, suppression, and its line in the table."""
    hashes = set(entry["hashes"])
    ids = {
        contact_id
        for digest in hashes
        for contact_id, still in holders.get(digest, ())
        if still or contact_id == entry["contact"]
    }
    subjects = [
        subject_of_contact(contact) for contact in Contact.objects.living().filter(pk__in=ids)
    ]
    # Known without a contact: a newsletter reader, a row of mail.
    held = {address for subject in subjects for address in subject.addresses}
    bare = {address for digest in hashes for address in elsewhere.get(digest, ())} - held
    subjects += [Subject(addresses=frozenset({address})) for address in sorted(bare)]
    for subject in subjects:
        forget_person(subject, on=dates.today(), decisions=decisions_in(entry), actor=actor)
    with transaction.atomic():
        for digest in hashes:
            suppress_hash(digest, scope="all", reason="erased", source="replay")
        ErasureJournal.objects.get_or_create(
            case_reference=entry["case"],
            defaults={"contact_ref": entry["contact"], "user_ref": entry["user"],
                      "address_hashes": entry["hashes"], "executed_at": at},
        )  # fmt: skip
    return len(subjects)


def _holders(wanted: set[str]) -> Holders:
    """Hash → (contact, whether the address is held today), for the hashes of the journal."""
    found: Holders = {}
    rows = ContactAddress.objects.filter(address__isnull=False, contact__erased_at__isnull=True)
    for contact_id, address, until in rows.order_by().values_list(
        "contact_id", "address", "valid_until"
    ).iterator():  # fmt: skip
        digest = _hash_or_none(address or "")
        if digest in wanted:
            found.setdefault(digest, set()).add((contact_id, until is None))  # type: ignore[arg-type]
    return found


ADDRESS_FIELDS = frozenset({"address", "email", "sender", "recipient"})
# An ended address of a living person stays with that person; the case itself is kept.
NOT_ASKED = frozenset({"contacts.contactaddress", "privacy.privacycase"})


def _known_addresses(wanted: set[str]) -> dict[str, set[str]]:
    """Hash → addresses in any other table with a finder, for the hashes of the journal."""
    found: dict[str, set[str]] = {}
    for label in {finder.label.lower() for _name, finder in FINDERS} - NOT_ASKED:
        model = apps.get_model(label)
        for field in {f.name for f in model._meta.concrete_fields} & ADDRESS_FIELDS:
            values = model._base_manager.order_by().values_list(field, flat=True).distinct()
            for value in values.iterator():
                digest = _hash_or_none(value or "")
                if digest in wanted:
                    found.setdefault(digest, set()).add(value)  # type: ignore[arg-type]
    return found


def _hash_or_none(value: str) -> str | None:
    try:
        return address_hash(value)
    except BadInput:
        return None
