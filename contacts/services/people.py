"""Contacts and their addresses."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput, RuleBroken
from backoffice.core.services import audit
from backoffice.core.transitions import actor_user, guarded_update
from backoffice.delivery.services import is_suppressed
from contacts.enums import ContactKind
from contacts.models import Contact, ContactAddress


def find_contact(address: str) -> Contact | None:
    """The contact who holds the address now. Raises: BadInput when it is no address."""
    row = (
        ContactAddress.objects.filter(address=normalise_address(address), valid_until__isnull=True)
        .select_related("contact")
        .first()
    )
    return row.contact if row else None


def refuse_removed_address(address: str) -> None:
    """Raises: RuleBroken when the person behind the address asked to be removed."""
    if is_suppressed(address, mail_class="contract") == "all":
        raise RuleBroken(
            "This address was removed at the person's request and cannot be entered again.",
            code="address_removed",
        )


def create_contact(
    *,
    address: str,
    on: date,
    actor: Actor,
    given_name: str = "",
    family_name: str = "",
    kind: str = ContactKind.PERSON,
    phone: str = "",
    language: str = "en-gb",
    source: str = "",
    external_uid: str = "",
) -> Contact:
    """A new contact with its first address.

    Raises: BadInput for an unusable address or one that another contact holds; RuleBroken for an
    address whose person asked to be removed.
    """
    normal = normalise_address(address)
    refuse_removed_address(normal)
    with transaction.atomic():
        contact = Contact(
            kind=kind,
            given_name=given_name.strip(),
            family_name=family_name.strip(),
            phone=phone.strip(),
            language=language,
            source=source,
            external_uid=external_uid,
        )
        contact._history_user = actor_user(actor)  # type: ignore[attr-defined]
        contact.save()
        _add_address(contact, normal, on=on)
        audit.record("contacts", "create_contact", actor=actor, subject=contact)
    return contact


def _add_address(contact: Contact, normal: str, *, on: date) -> ContactAddress:
    try:
        with transaction.atomic():
            return ContactAddress.objects.create(contact=contact, address=normal, valid_from=on)
    except IntegrityError as error:
        raise BadInput(
            "This address belongs to another contact already.", code="address_taken"
        ) from error


def change_address(*, contact: Contact, address: str, on: date, actor: Actor) -> ContactAddress:
    """Ends the primary address and starts another; holds and bounce scores stay with the old one.

    Raises: BadInput, RuleBroken as :func:`create_contact`.
    """
    normal = normalise_address(address)
    refuse_removed_address(normal)
    with transaction.atomic():
        for row in contact.addresses.filter(valid_until__isnull=True, primary=True):
            if row.address == normal:
                return row
            guarded_update(
                row,
                expect={"valid_until": None},
                set={"valid_until": max(on, row.valid_from)},
                actor=actor,
            )
        fresh = _add_address(contact, normal, on=on)
        for duty in contact.duties.not_ended().filter(unreachable_since__isnull=False):
            guarded_update(
                duty,
                expect={"valid_until": None},
                set={"unreachable_since": None, "unreachable_reason": ""},
                actor=actor,
            )
        audit.record("contacts", "change_address", actor=actor, subject=contact)
    return fresh


def rectify_contact(*, contact: Contact, fields: dict[str, str], actor: Actor) -> Contact:
    """Changes name, phone or language. Raises: InvalidTransition for an erased contact."""
    allowed = {"given_name", "family_name", "phone", "language", "kind"}
    changed = {key: value.strip() for key, value in fields.items() if key in allowed}
    with transaction.atomic():
        draft = Contact(given_name=contact.given_name, family_name=contact.family_name)
        for key, value in changed.items():
            setattr(draft, key, value)
        draft.derive()
        guarded_update(
            contact,
            expect={"erased_at": None},
            set={**changed, "name_folded": draft.name_folded},
            actor=actor,
        )
        audit.record("contacts", "rectify", actor=actor, subject=contact,
                     facts={"fields": sorted(changed)})  # fmt: skip
    return contact
