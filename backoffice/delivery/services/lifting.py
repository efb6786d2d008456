"""Ends of a suppression: by the person's fresh confirmed opt-in, or by staff with evidence.

Imports and syncs have no way in here. Source: ADR 15.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from backoffice.core.actor import Actor
from backoffice.core.errors import BadInput, InvalidTransition
from backoffice.core.services import audit
from backoffice.delivery.ledger_key import key_version
from backoffice.delivery.models import AddressScore, Permit, Suppression
from backoffice.delivery.services.suppression import (
    HOLD,
    OPTIONAL_CLASSES,
    address_hash,
    one_at_a_time,
    scopes_that_stop,
    suppress,
)


def readmit(
    address: str, *, topic: str, mail_class: str, evidence: str, actor: Actor, at: datetime
) -> bool:
    """The person asked for ``topic`` again and confirmed it out of this very mailbox.

    Lifts the suppression of this topic, and a hold, because the confirmation mail arrived. What
    stops more than the topic (everything, all optional mail, a class, a removal) stays; a permit
    opens this topic through it.

    Returns: whether a permit was needed.
    """
    digest = address_hash(address)
    with transaction.atomic():
        one_at_a_time(digest)
        rows = Suppression.objects.filter(address_hash=digest, lifted_at__isnull=True)
        _lift_rows(rows.filter(scope__in=[f"topic:{topic}", HOLD]), evidence, actor, at)
        AddressScore.objects.filter(address_hash=digest).delete()
        if not rows.filter(scope__in=scopes_that_stop(mail_class, topic)).exists():
            return False
        permit, created = Permit.objects.get_or_create(
            address_hash=digest,
            topic=topic,
            ended_at=None,
            defaults={
                "key_version": key_version(),
                "mail_class": mail_class,
                "evidence": evidence[:80],
                "created_at": at,
            },
        )
        if created:
            audit.record(
                "suppression", "permit", actor=actor, subject=permit, facts={"topic": topic}, at=at
            )
    return True


def readmit_class(
    address: str, *, mail_class: str, evidence: str, actor: Actor, at: datetime
) -> int:
    """The person takes one class of duty mail again, behind the secret of a mail to them.

    "All optional mail" becomes what is left of it, so that no other class comes back with it.

    Returns: how many rows were lifted; none when everything is stopped.
    """
    digest = address_hash(address)
    with transaction.atomic():
        one_at_a_time(digest)
        rows = Suppression.objects.filter(address_hash=digest, lifted_at__isnull=True)
        wide = rows.filter(scope="optional").first() if mail_class in OPTIONAL_CLASSES else None
        lifted = _lift_rows(rows.filter(scope=f"class:{mail_class}"), evidence, actor, at)
        if wide is not None:
            lifted += _lift_rows(rows.filter(pk=wide.pk), evidence, actor, at)
            for other in sorted(OPTIONAL_CLASSES - {mail_class}):
                suppress(
                    address, scope=f"class:{other}", reason=wide.reason, actor=actor,
                    source=wide.source,
                )  # fmt: skip
    return lifted


def lift_with_evidence(
    *, suppression: Suppression, evidence: str, actor: Actor, at: datetime
) -> Suppression:
    """Staff lift one row; ``evidence`` says where the person's wish is kept (a ticket, a letter).

    Raises: BadInput without evidence, or when it holds an address; InvalidTransition when it was
        lifted already.
    """
    words = " ".join(evidence.split())
    if not words:
        raise BadInput("Say where the person's wish is kept.", where="evidence")
    if "@" in words or len(words) > 80:
        raise BadInput(
            "Name the place of the evidence in at most 80 characters, without an address.",
            where="evidence",
        )
    with transaction.atomic():
        one_at_a_time(suppression.address_hash)
        rows = Suppression.objects.filter(pk=suppression.pk, lifted_at__isnull=True)
        if not _lift_rows(rows, words, actor, at):
            raise InvalidTransition("It was lifted in the meantime; nothing was done.")
        if suppression.scope == HOLD:
            AddressScore.objects.filter(address_hash=suppression.address_hash).delete()
    suppression.refresh_from_db()
    return suppression


def _lift_rows(rows: QuerySet[Suppression], evidence: str, actor: Actor, at: datetime) -> int:
    found = list(rows)
    for row in found:
        row.lifted_at, row.lifted_evidence = at, evidence[:80]
        row.save(update_fields=["lifted_at", "lifted_evidence"])
        audit.record(
            "suppression", "lift", actor=actor, subject=row, facts={"scope": row.scope}, at=at
        )
    return len(found)
