"""What a merge of two contacts does beyond moving rows: duties, addresses, login, mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.transitions import guarded_update
from backoffice.delivery.models import Delivery
from contacts.models import Contact, ContactAddress, RoleAssignment
from contacts.registry import MergeStep
from contacts.services.merge_relations import repoint
from contacts.services.merge_steps import REASON, end_row


def contact_steps(loser_id: int, winner_id: int, on: date, actor: Actor) -> list[MergeStep]:
    """In this order: duties held twice end, then duties, addresses, login and mail follow."""
    steps = _duties(loser_id, winner_id, on, actor)
    steps += _addresses(loser_id, winner_id, actor)
    return steps + _login(loser_id, winner_id, actor) + _mail("contact_ref", loser_id, winner_id)


def contact_refusals(loser_id: int, winner_id: int) -> list[str]:
    """Why two contacts cannot be merged now."""
    both = list(Contact.objects.filter(pk__in=(loser_id, winner_id)))
    refused = []
    if any(contact.erased_at or contact.restricted_at for contact in both):
        refused.append(_("One of the two is removed or restricted."))
    if all(contact.user_id for contact in both):
        refused.append(
            _("Both have a login; a login is never deleted by a merge. Separate one first.")
        )
    exclusive = RoleAssignment.objects.not_ended().filter(exclusive=True)
    theirs = dict(exclusive.filter(contact=winner_id).values_list("role_type", "organisation"))
    for duty in exclusive.filter(contact=loser_id).select_related("role_type"):
        if theirs.get(duty.role_type_id, duty.organisation_id) != duty.organisation_id:
            refused.append(
                _("The holder of “%(role)s” serves one member only; the two serve different ones.")
                % {"role": duty.role_type}
            )
    return refused


def _duties(loser_id: int, winner_id: int, on: date, actor: Actor) -> list[MergeStep]:
    held = set(RoleAssignment.objects.not_ended().filter(contact=winner_id)
               .values_list("role_type", "organisation"))  # fmt: skip
    steps = []
    rows = RoleAssignment.objects.not_ended().filter(contact=loser_id)
    for row in rows.select_related("role_type", "organisation"):
        if (row.role_type_id, row.organisation_id) in held:
            steps.append(MergeStep(
                _("Both are %(role)s of %(organisation)s; one of the two ends.")
                % {"role": row.role_type, "organisation": row.organisation},
                end_row(row, on, actor, end_reason=REASON),
            ))  # fmt: skip
    ids = list(RoleAssignment.objects.filter(contact=loser_id).values_list("pk", flat=True))
    if ids:
        steps.append(MergeStep(
            _("Duties that follow, ended ones included: %(count)s.") % {"count": len(ids)},
            lambda: repoint(RoleAssignment, ids, "contact", winner_id, actor=actor, reason=REASON),
        ))  # fmt: skip
    return steps


def _addresses(loser_id: int, winner_id: int, actor: Actor) -> list[MergeStep]:
    rows = ContactAddress.objects.filter(contact=loser_id)
    ids = list(rows.values_list("pk", flat=True))
    primary = ContactAddress.objects.filter(valid_until__isnull=True, primary=True)
    keeps_own = primary.filter(contact=winner_id).exists()

    def act() -> None:
        if keeps_own:
            for row in primary.filter(contact=loser_id):
                guarded_update(row, expect={"primary": True}, set={"primary": False},
                               actor=actor, reason=REASON)  # fmt: skip
        repoint(ContactAddress, ids, "contact", winner_id, actor=actor, reason=REASON)

    if not ids:
        return []
    return [MergeStep(_("E-mail addresses that follow, each with its own state: %(count)s.")
                      % {"count": len(ids)}, act)]  # fmt: skip


def _login(loser_id: int, winner_id: int, actor: Actor) -> list[MergeStep]:
    loser = Contact.objects.get(pk=loser_id)
    if loser.user_id is None:
        return []

    def act() -> None:
        user_id = loser.user_id
        guarded_update(loser, expect={"user_id": user_id}, set={"user_id": None}, actor=actor,
                       reason=REASON)  # fmt: skip
        winner = Contact.objects.get(pk=winner_id)
        guarded_update(winner, expect={"user_id": None}, set={"user_id": user_id}, actor=actor,
                       reason=REASON)  # fmt: skip

    return [MergeStep(_("The login follows."), act)]


def _mail(column: str, loser_id: int, winner_id: int) -> list[MergeStep]:
    rows = Delivery.objects.filter(**{column: loser_id})
    count = rows.count()
    act: Callable[[], None] = lambda: rows.update(**{column: winner_id})  # type: ignore[assignment, return-value] # noqa: E731
    return [MergeStep(_("Messages on the timeline that follow: %(count)s.") % {"count": count}, act)
            ] if count else []  # fmt: skip


def mail_steps(loser_id: int, winner_id: int) -> list[MergeStep]:
    """Messages about an organisation, on its timeline."""
    return _mail("organisation_ref", loser_id, winner_id)
