"""An answer to "confirm your contacts": taken without an account, approved by staff, applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput, InvalidTransition
from backoffice.core.services import audit
from backoffice.core.tokens import token_hash
from backoffice.core.transitions import actor_user, transition
from contacts.enums import REVIEW_TRANSITIONS, ReviewState
from contacts.models import Contact, ContactConfirmation, RoleAssignment, RoleType
from contacts.services import people
from contacts.services.admission import contact_for
from contacts.services.duties import assign_duty, end_duty

WHATS = ("other", "address", "name", "end")


@dataclass(frozen=True)
class Line:
    """A duty on the page: who holds it now, or nobody."""

    role: RoleType
    order: int
    holder: Contact | None
    address: str


def by_token(token: str, *, on: date) -> ContactConfirmation | None:
    """The question behind a link, while its round is open."""
    return (
        ContactConfirmation.objects.filter(token_hash=token_hash(token), round__closes_on__gte=on)
        .exclude(state=ReviewState.EXPIRED)
        .select_related("round", "organisation", "asked_contact")
        .first()
    )


def duty_lines(row: ContactConfirmation) -> list[Line]:
    """The organisation's duties: held ones with their deputies, and empty ones."""
    held = (
        RoleAssignment.objects.not_ended()
        .filter(organisation=row.organisation_id, contact__erased_at__isnull=True)
        .select_related("role_type", "contact")
        .prefetch_related("contact__addresses")
        .order_by("role_type__position", "order")
    )
    lines = [Line(d.role_type, d.order, d.contact, _current_address(d.contact)) for d in held]
    filled = {line.role.pk for line in lines if line.order == 1}
    lines += [
        Line(role, 1, None, "")
        for role in RoleType.objects.filter(optional=False)
        if role.pk not in filled
    ]
    return sorted(lines, key=lambda line: (line.role.position, line.order))


def _current_address(contact: Contact) -> str:
    return next(
        (
            a.address
            for a in contact.addresses.all()
            if not a.valid_until and a.primary and a.address
        ),
        "",
    )


def answer(
    *, token: str, changes: Sequence[dict[str, Any]], at: datetime, on: date
) -> ContactConfirmation:
    """Either all right (no changes) or differences that wait for approval; counts once.

    Raises: InvalidTransition (unknown, closed, answered); BadInput for a change that names nobody.
    """
    row = by_token(token, on=on)
    if row is None:
        raise InvalidTransition(_("This link is not valid any more."))
    cleaned = [_checked(change) for change in changes]
    actor = Actor.contact(row.asked_contact_id)
    with transaction.atomic():
        transition(
            row,
            to=ReviewState.ANSWERED if cleaned else ReviewState.KEPT,
            table=REVIEW_TRANSITIONS,
            actor=actor,
            also={"changes": cleaned, "answered_at": at},
        )
        audit.record(
            f"organisation:{row.organisation_id}", "confirm_contacts", actor=actor, subject=row,
            facts={"year": row.round.year, "changes": len(cleaned)},
        )  # fmt: skip
    return row


def _checked(change: dict[str, Any]) -> dict[str, Any]:
    what = change.get("what")
    if what not in WHATS:
        raise BadInput(f"{what!r} is no change.")
    found = {
        "what": what, "role": change["role"], "order": int(change.get("order", 1)),
        "was": change.get("was"),
        **{key: str(change.get(key, "")).strip()[:200] for key in ("given_name", "family_name")},
        "email": "",
    }  # fmt: skip
    if what in ("other", "address"):
        found["email"] = normalise_address(str(change.get("email", "")))
    if what in ("other", "name") and not (found["given_name"] or found["family_name"]):
        raise BadInput(_("Give the name of the person."), code="name")
    return found


def approve_confirmation(
    *, row: ContactConfirmation, on: date, actor: Actor
) -> ContactConfirmation:
    """Applies every difference, all or nothing.

    Raises: InvalidTransition when it was decided, or a duty has changed since the answer; RuleBroken
    when a rule about a duty forbids one of them.
    """
    with transaction.atomic():
        transition(row, to=ReviewState.APPROVED, table=REVIEW_TRANSITIONS, actor=actor,
                   also={"decided_by": actor_user(actor), "decided_on": on})  # fmt: skip
        for change in row.changes:
            _apply(row, change, on, actor)
        audit.record(
            f"organisation:{row.organisation_id}", "approve_confirmation", actor=actor, subject=row,
            facts={"year": row.round.year, "changes": len(row.changes)},
        )  # fmt: skip
    return row


def _apply(row: ContactConfirmation, change: dict[str, Any], on: date, actor: Actor) -> None:
    role = RoleType.objects.get(code=change["role"])
    duty = (
        RoleAssignment.objects.not_ended()
        .filter(organisation=row.organisation_id, role_type=role, order=change["order"])
        .select_related("contact", "role_type")
        .first()
    )
    if (duty.contact_id if duty else None) != change["was"]:
        raise InvalidTransition(
            _("“%(role)s” has changed hands since the answer; refuse it or ask again.")
            % {"role": role}
        )
    if change["what"] == "other":
        contact = contact_for(
            address=change["email"], given_name=change["given_name"],
            family_name=change["family_name"], language=row.asked_contact.language,
            source=f"confirmation {row.round.year}", on=on, actor=actor,
        )  # fmt: skip
        assign_duty(
            organisation=row.organisation, contact=contact, role_type=role, on=on, actor=actor,
            order=change["order"], take_over=True, source=f"confirmation {row.round.year}",
        )  # fmt: skip
        return
    if duty is None:
        raise InvalidTransition(_("Nobody holds “%(role)s” any more.") % {"role": role})
    if change["what"] == "address":
        people.change_address(contact=duty.contact, address=change["email"], on=on, actor=actor)
    elif change["what"] == "name":
        people.rectify_contact(
            contact=duty.contact, actor=actor,
            fields={key: change[key] for key in ("given_name", "family_name")},
        )  # fmt: skip
    else:
        end_duty(assignment=duty, on=on, actor=actor, reason="confirmed_gone")


def refuse_confirmation(
    *, row: ContactConfirmation, reason: str, on: date, actor: Actor
) -> ContactConfirmation:
    """Nothing of the answer is applied. Raises: BadInput without a reason; InvalidTransition."""
    if not reason.strip():
        raise BadInput(_("A refusal needs its reason."), code="reason", where="reason")
    with transaction.atomic():
        transition(
            row, to=ReviewState.REFUSED, table=REVIEW_TRANSITIONS, actor=actor,
            also={"decided_by": actor_user(actor), "decided_on": on,
                  "refusal_reason": reason.strip()[:300]},
        )  # fmt: skip
        audit.record(f"organisation:{row.organisation_id}", "refuse_confirmation", actor=actor,
                     subject=row, facts={"year": row.round.year})  # fmt: skip
    return row
