"""What mail that is refused means for the roll: the address is on hold, the duty unreachable.

A click on "unsubscribe" really stops that mail for the person; the organisation is asked for somebody
else instead, and nothing but the person's own act undoes it.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.transitions import guarded_update
from backoffice.delivery.enums import DeliveryState, MailClass
from backoffice.delivery.models import Delivery
from contacts.enums import HoldState
from contacts.models import ContactAddress, RoleAssignment
from contacts.services.duties import mark_unreachable

MAIL = Actor.process("mail_events")
BINDING = (MailClass.GOVERNANCE, MailClass.CONTRACT, MailClass.SERVICE)


def on_unsubscribe(*, address: str, mail_class: str, topic: str, delivery: Delivery | None) -> None:
    """Marks the duties that need this class; leaving a newsletter touches none."""
    if topic or mail_class not in BINDING:
        return
    for duty in _duties(address, mail_class):
        mark_unreachable(assignment=duty, reason="unsubscribed", on=dates.today(), actor=MAIL)


def on_delivery_event(delivery: Delivery, event: str) -> None:
    """A bounce is shown on the address, and a hard one on every duty of its holder."""
    if event != DeliveryState.BOUNCED or not delivery.address:
        return
    kind = delivery.reason.split(" ")[0]
    if kind not in ("hard", "soft"):
        return
    on = dates.today()
    for address in ContactAddress.objects.filter(address=delivery.address, valid_until=None):
        _mark_address(address, kind, on)
    if kind == "hard":
        for duty in _duties(delivery.address, None):
            mark_unreachable(assignment=duty, reason="bounced", on=on, actor=MAIL)


def _mark_address(address: ContactAddress, kind: str, on: date) -> None:
    state = HoldState.HELD if kind == "hard" else HoldState.SOFT
    if address.hold_state == HoldState.HELD or (address.hold_state == state == HoldState.SOFT):
        return
    guarded_update(
        address,
        expect={"hold_state": address.hold_state},
        set={"hold_state": state, "bounced_on": on},
        actor=MAIL,
        reason=f"{kind} bounce",
    )


def _duties(address: str, mail_class: str | None):
    """Open duties of whoever has this address now; of a class: those whose duty receives it."""
    duties = RoleAssignment.objects.not_ended().filter(
        contact__addresses__address=address, contact__addresses__valid_until__isnull=True
    )
    if mail_class == MailClass.GOVERNANCE:
        duties = duties.filter(role_type__votes=True)
    elif mail_class == MailClass.CONTRACT:
        duties = duties.filter(Q(role_type__bills=True) | Q(role_type__votes=True))
    elif mail_class is not None:
        codes = [
            duty.pk for duty in duties.select_related("role_type")
            if mail_class in duty.role_type.receives
        ]  # fmt: skip
        duties = duties.filter(pk__in=codes)
    return duties.select_related("role_type", "organisation")
