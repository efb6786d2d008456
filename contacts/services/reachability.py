"""What the mail engine learns about an address, shown where it hurts: on the duty."""

from __future__ import annotations

from backoffice.core.actor import Actor
from backoffice.core.dates import today
from backoffice.core.transitions import guarded_update
from backoffice.delivery.enums import MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.services import is_suppressed
from contacts.enums import HoldState
from contacts.models import ContactAddress, RoleAssignment
from contacts.services.duties import mark_unreachable

DUTY_CLASSES = frozenset({MailClass.GOVERNANCE, MailClass.CONTRACT, MailClass.SERVICE})


def _row(address: str) -> ContactAddress | None:
    return (
        ContactAddress.objects.filter(address=address, valid_until__isnull=True)
        .select_related("contact")
        .first()
    )


def _mark(row: ContactAddress, *, mail_class: str | None, reason: str, actor: Actor) -> None:
    """Open duties of the holder that receive mail of this class (None: any)."""
    for duty in (
        RoleAssignment.objects.not_ended()
        .filter(contact=row.contact)
        .select_related("role_type", "organisation")
    ):
        if mail_class is None or mail_class in duty.role_type.receives:
            mark_unreachable(assignment=duty, reason=reason, on=today(), actor=actor)


def on_unsubscribe(*, address: str, mail_class: str, topic: str, delivery: Delivery) -> None:
    """Leaving a duty's mail is honoured at once; the duty turns "unreachable" and a task asks the
    organisation for another contact. Leaving a topic touches no duty."""
    if topic or mail_class not in DUTY_CLASSES:
        return
    row = _row(address)
    if row is not None:
        _mark(row, mail_class=mail_class, reason="unsubscribed", actor=Actor.link("unsubscribe"))


def on_delivery_event(delivery: Delivery, event: str) -> None:
    """A bounce that put the address on hold: every duty of its holder is affected.

    The hold is on the address, not on the person: a new address makes the duties reachable.
    """
    if event not in ("bounced", "failed"):
        return
    if is_suppressed(delivery.address, mail_class=MailClass.CONTRACT) != "hold":
        return
    row = _row(delivery.address)
    if row is None:
        return
    actor = Actor.process("delivery")
    if row.hold_state != HoldState.HELD:
        guarded_update(
            row,
            expect={"hold_state": row.hold_state},
            set={"hold_state": HoldState.HELD, "bounced_on": today()},
            actor=actor,
        )
    _mark(row, mail_class=None, reason="bounced", actor=actor)
