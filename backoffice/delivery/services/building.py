"""The bytes of one delivery, and the code of what went wrong while building them."""

from __future__ import annotations

from datetime import datetime

from backoffice.core.errors import RollcallError
from backoffice.core.tokens import derived_token
from backoffice.delivery.mime import HeaderInjection
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS, Merge
from backoffice.delivery.services.compose import (
    Frame,
    GateClosedError,
    Ready,
    bounce_address,
    compile_message,
    issuer_on,
    render_for,
)
from backoffice.delivery.transports.outcomes import Envelope


def build(delivery: Delivery, merge: Merge | None, *, now: datetime) -> Ready:
    """The bytes of one delivery, from the compiled mailing or by its kind.

    Raises: whatever the kind raises; GateClosedError; HeaderInjection.
    """
    kind = MESSAGE_KINDS.get(delivery.kind)
    if merge is not None:
        return render_for(delivery, merge.template, merge.values, now=now, one_click=kind.one_click)

    def secret(purpose: str) -> str:
        return derived_token(purpose, delivery.message_id)

    frame = Frame(
        issuer=issuer_on(now),
        language=delivery.language,
        mail_class=delivery.mail_class,
        one_click=kind.one_click,
        automatic=kind.automatic,
    )
    template = compile_message(kind.build(delivery, secret), frame)
    return render_for(delivery, template, {}, now=now, one_click=kind.one_click)


def envelope_for(delivery: Delivery, ready: Ready) -> Envelope:
    """The envelope with its traceable return path."""
    sender = bounce_address(delivery)
    return Envelope(sender, delivery.address, ready.content, delivery.message_id, delivery.pk)


def code_of(error: Exception) -> str:
    """A reason without personal values: the class, and our own code where there is one."""
    if isinstance(error, RollcallError):
        return f"build:{error.code}"
    if isinstance(error, GateClosedError):
        return f"gate:{error}"
    if isinstance(error, HeaderInjection):
        return "build:header"
    return f"build:{type(error).__name__}"
