"""What mail that is refused means for the roll: the address is on hold, the duty unreachable.

A click on "unsubscribe" really stops that mail for the person; the organisation is asked for somebody
else instead, and nothing but the person's own act undoes it. A hold is about the address, not about
the person: a new address makes the duties reachable.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import date

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.transitions import guarded_update
from backoffice.delivery.enums import DeliveryState, MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.services.suppression import HOLD, OPTIONAL_CLASSES, active_scopes
from contacts.enums import HoldState
from contacts.models import ContactAddress, RoleAssignment
from contacts.services.duties import mark_unreachable

MAIL = Actor.process("mail_events")
# Leaving community mail says nothing about a duty.
BINDING = frozenset({MailClass.GOVERNANCE, MailClass.CONTRACT, MailClass.SERVICE})


def on_unsubscribe(*, address: str, scope: str, delivery: Delivery | None) -> None:
    """Marks the duties that receive what was left; leaving a topic touches none."""
    classes = _classes_of(scope) & BINDING
    for duty in duties_receiving(address, classes):
        mark_unreachable(assignment=duty, reason="unsubscribed", on=dates.today(), actor=MAIL)


def _classes_of(scope: str) -> frozenset[str]:
    kind, _colon, name = scope.partition(":")
    if kind == "all":
        return frozenset(MailClass.values)
    if kind == "optional":
        return frozenset(OPTIONAL_CLASSES)
    return frozenset({name}) if kind == "class" else frozenset()


def on_return(*, address: str, scope: str, actor: Actor) -> None:
    """The person takes this mail again: duties that were unreachable because they had left it."""
    for duty in duties_receiving(address, _classes_of(scope)):
        _make_reachable(duty, "unsubscribed", actor)


def on_delivery_event(delivery: Delivery, event: str) -> None:
    """A bounce is shown on the address; once the address is on hold, on every duty of its holder."""
    if event not in (DeliveryState.BOUNCED, DeliveryState.FAILED) or not delivery.address:
        return
    held = HOLD in active_scopes(delivery.address)
    kind = delivery.reason.partition(" ")[0]
    if not held and kind != "soft":
        return
    on = dates.today()
    for address in ContactAddress.objects.filter(address=delivery.address, valid_until=None):
        _mark_address(address, HoldState.HELD if held else HoldState.SOFT, on)
    if held:
        for duty in open_duties_of(delivery.address):
            mark_unreachable(assignment=duty, reason="bounced", on=on, actor=MAIL)


def _mark_address(address: ContactAddress, state: str, on: date) -> None:
    if address.hold_state in (HoldState.HELD, state):
        return
    guarded_update(
        address,
        expect={"hold_state": address.hold_state},
        set={"hold_state": state, "bounced_on": on},
        actor=MAIL,
        reason="bounce",
    )


def release_address(*, address: str, actor: Actor) -> None:
    """Mail reaches the address again (the person confirmed out of it, or staff know): the hold on
    the address and the bounces on the duties of its holder end."""
    for row in ContactAddress.objects.filter(address=address, valid_until=None).exclude(
        hold_state=HoldState.OK
    ):
        guarded_update(
            row,
            expect={"hold_state": row.hold_state},
            set={"hold_state": HoldState.OK},
            actor=actor,
            reason="mail arrives again",
        )
    for duty in open_duties_of(address):
        _make_reachable(duty, "bounced", actor)


def _make_reachable(duty: RoleAssignment, reason: str, actor: Actor) -> None:
    if duty.unreachable_reason == reason:
        guarded_update(
            duty,
            expect={"unreachable_reason": reason, "valid_until": None},
            set={"unreachable_since": None, "unreachable_reason": ""},
            actor=actor,
        )


def open_duties_of(address: str):
    """Open duties of whoever has this address now."""
    return (
        RoleAssignment.objects.not_ended()
        .filter(contact__addresses__address=address, contact__addresses__valid_until__isnull=True)
        .select_related("role_type", "organisation")
    )


def duties_receiving(address: str, classes: Set[str]) -> list[RoleAssignment]:
    """Those of them to which mail of one of these classes goes."""
    return [duty for duty in open_duties_of(address) if classes & receives(duty.role_type)]


def receives(role_type) -> set[str]:
    """Mail classes of a duty: those it names, governance for a vote, contract for invoices."""
    classes = set(role_type.receives)
    if role_type.votes:
        classes.add(MailClass.GOVERNANCE)
    if role_type.bills:
        classes.add(MailClass.CONTRACT)
    return classes
