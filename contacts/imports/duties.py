"""The duties that a row of an import gives, ends or takes over."""

from __future__ import annotations

from datetime import date
from typing import Any

from backoffice.core.errors import BadInput
from contacts.enums import ContactKind
from contacts.imports.batch import Batch
from contacts.models import Contact, Organisation, RoleAssignment, RoleType


def write_duties(contact: Contact, organisation: Organisation, record: Any, batch: Batch) -> int:
    """Gives, ends or, where a person decided so, takes over what the row names; how many changes.

    Raises: BadInput when a role is unknown or a rule forbids it; NeedsDecision when the duty is held.
    """
    changes = 0
    for code, order in record.roles:
        role = batch.known["role"].get(code)
        if role is None:
            raise BadInput(f"Role “{code}” is not known to this agency.", where="roles")
        since = record.since or batch.on
        key = (organisation.pk or id(organisation), role.pk, order)
        held = batch.known["duty"].get(key)
        if record.deleted:
            if held is not None and _holds(contact, held):
                end = max(record.deleted_on or batch.on, held.valid_from)
                changes += len(batch.change(held, {"valid_until": end, "end_reason": "imported"}))
                del batch.known["duty"][key]
            continue
        if held is not None:
            if _holds(contact, held):
                batch.known["given_here"][key] = True
                continue
            order, since = _held_by_another(contact, organisation, role, order, since, batch)
            if not order:
                continue
            key = (key[0], role.pk, order)
        changes += _assign(contact, organisation, role, order, since, batch, key)
    return changes


def _held_by_another(
    contact: Contact, organisation: Organisation, role: RoleType, order: int, since: date,
    batch: Batch,
) -> tuple[int, date]:  # fmt: skip
    """The order in which the contact gets the duty as decided, 0 when it gets none, and from when. A
    duty is taken over on the day of the import, whatever the file says: who held it until then did.
    """
    mine, duties = organisation.pk or id(organisation), batch.known["duty"]
    answer = _ask_about_duty(role, (mine, role.pk, order), batch)
    if answer == "leave":
        return 0, since
    if answer == "take_over":
        held = duties[(mine, role.pk, order)]
        day = max(batch.on, held.valid_from)
        batch.change(held, {"valid_until": day, "end_reason": "taken_over"})
        batch.known["taken_over"][held.pk] = (held, role.code, order)
        del duties[(mine, role.pk, order)]
        return order, day
    while (held := duties.get((mine, role.pk, order))) is not None:
        if _holds(contact, held):
            return 0, since
        order += 1
    return order, since


def _ask_about_duty(role: RoleType, key: tuple, batch: Batch) -> str:
    holder = batch.known["duty"][key].contact
    if key in batch.known["given_here"]:
        return batch.decisions.answer(
            f"Another row of this file gives {role.label} {key[2]} to somebody else.",
            question="duty_twice", where="roles", known=holder,
        )  # fmt: skip
    return batch.decisions.answer(
        f"{role.label} {key[2]} is held by another contact; taking it over is a decision.",
        question="duty", where="roles", known=holder,
    )  # fmt: skip


def _holds(contact: Contact, held: RoleAssignment) -> bool:
    return held.contact is contact or bool(contact.pk and held.contact_id == contact.pk)


def _assign(contact, organisation, role, order, since, batch, key) -> int:
    if role.person_required and contact.kind != ContactKind.PERSON:
        raise BadInput(f"{role.label} must be a person, not a role mailbox.", where="roles")
    exclusive = bool(batch.known["exclusive"].get(role.pk))
    if exclusive:
        served = batch.known["serves"].get((contact.pk or id(contact), role.pk))
        mine = organisation.pk or id(organisation)
        if served is not None and served != mine:
            raise BadInput(
                f"The holder of “{role.label}” serves one member only and already serves another.",
                where="roles",
            )
        batch.known["serves"][(contact.pk or id(contact), role.pk)] = mine
    batch.known["given_here"][key] = True
    batch.known["duty"][key] = batch.create(
        RoleAssignment(
            organisation=organisation, contact=contact, role_type=role, order=order,
            valid_from=since, exclusive=exclusive, source="import",
        )
    )  # fmt: skip
    return 1
