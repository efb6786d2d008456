"""Leaving: by the link, by one click of a mail program, by mail. At once and for good."""

from __future__ import annotations

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from backoffice.core.tokens import token_hash
from backoffice.delivery.enums import SuppressionReason
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import UNSUBSCRIBE_HANDLERS
from backoffice.delivery.services.forgetting import hash_in
from backoffice.delivery.services.suppression import suppress, suppress_hash

LINK = Actor.link("unsubscribe")


def delivery_of_token(token: str) -> Delivery | None:
    """The delivery whose link this is; None for an unknown one."""
    return Delivery.objects.filter(token_hash=token_hash(token)).first() if token else None


def own_scope(delivery: Delivery) -> str:
    """What leaving means for this mail: its topic, or its class when it has none."""
    return f"topic:{delivery.topic}" if delivery.topic else f"class:{delivery.mail_class}"


def unsubscribe(delivery: Delivery, *, everything: bool = False, actor: Actor = LINK) -> str:
    """Stops this topic or class (or all optional mail) for the address; repeatable.

    Rows already planned for it are skipped at hand-off. Other apps are told in the same
    transaction: a duty becomes unreachable, a subscription ends.

    Returns: the scope that is suppressed now, empty when the row's address was erased.
    """
    scope = "optional" if everything else own_scope(delivery)
    digest = hash_in(delivery.address)
    if digest:
        suppress_hash(
            digest,
            scope=scope,
            reason=SuppressionReason.UNSUBSCRIBE,
            source=f"delivery:{delivery.pk}",
        )
        return scope
    if not delivery.address or delivery.address.endswith(".invalid"):
        # Erased since: nothing is known any more, and nothing is left to stop.
        return ""
    with transaction.atomic():
        suppress(
            delivery.address,
            scope=scope,
            reason=SuppressionReason.UNSUBSCRIBE,
            actor=actor,
            source=f"delivery:{delivery.pk}",
        )
        audit.record(
            "suppression", "unsubscribe", actor=actor, subject=delivery, facts={"scope": scope}
        )
        for _name, handler in UNSUBSCRIBE_HANDLERS:
            handler(address=delivery.address, scope=scope, delivery=delivery)
    return scope


def unsubscribe_by_token(token: str) -> None:
    """The one-click act. An unknown token changes nothing and is not told apart."""
    delivery = delivery_of_token(token)
    if delivery is not None:
        unsubscribe(delivery)
