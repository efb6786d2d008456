"""The ledger of consent: rows are added, never changed; and the proof that is printed from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import get_language

from backoffice.core.actor import Actor
from backoffice.core.services import audit
from mailings.enums import ConsentAct
from mailings.models import ConsentRecord, Subscription


def record_act(
    subscription: Subscription,
    act: str,
    *,
    at: datetime,
    actor: Actor,
    source: str,
    network_address: str = "",
) -> ConsentRecord:
    """Adds an act with the wording as the person saw it, its hash and its language."""
    topic = subscription.topic
    wording = topic.in_language("wording")
    record = ConsentRecord.objects.create(
        subscription=subscription,
        act=act,
        at=at,
        wording_version=topic.wording_version,
        wording=wording,
        wording_hash=hashlib.sha256(wording.encode()).hexdigest(),
        language=(get_language() or "en-gb")[:8],
        network_address=network_address
        if settings.ROLLCALL_CONSENT_IP and network_address
        else None,
        source=source,
        actor=str(actor),
    )
    audit.record(
        "consent", act, actor=actor, subject=subscription,
        facts={"topic": topic.code, "wording": topic.wording_version}, at=at,
    )  # fmt: skip
    return record


@dataclass(frozen=True)
class Proof:
    """What the printed page says. Source: BGH, I ZR 164/09 of 10 February 2011: the declaration of
    each consumer is documented in full, stored and can be printed."""

    subscription: Subscription
    acts: list[ConsentRecord]
    asked: ConsentRecord | None
    confirmed: ConsentRecord | None
    intact: bool

    @property
    def stands(self) -> bool:
        """Whether the consent was given and not withdrawn since."""
        return self.confirmed is not None and self.subscription.state == "active"


def proof_of(subscription: Subscription) -> Proof:
    """Every act of one subscription, oldest first, and whether each wording still has its hash."""
    acts = list(subscription.consent.order_by("at", "pk"))
    last = {act.act: act for act in acts}
    given = (ConsentAct.CONFIRMED, ConsentAct.ADDED_BY_STAFF, ConsentAct.IMPORTED)
    confirmed = next((act for act in reversed(acts) if act.act in given), None)
    intact = all(
        not act.wording_hash or act.wording_hash == hashlib.sha256(act.wording.encode()).hexdigest()
        for act in acts
    )
    return Proof(subscription, acts, last.get(ConsentAct.REQUESTED), confirmed, intact)
