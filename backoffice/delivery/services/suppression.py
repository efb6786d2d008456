"""The ledger of addresses that must not be written to. Asked at every door and at hand-off."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from backoffice.core.actor import Actor
from backoffice.core.addresses import NORMAL_FORM, normalise_address
from backoffice.core.services import audit
from backoffice.delivery.enums import MailClass, SuppressionReason
from backoffice.delivery.models import Delivery, Suppression

KEY_VERSION = 1
OPTIONAL_CLASSES = frozenset({MailClass.SERVICE, MailClass.COMMUNITY})


def address_hash(address: str) -> str:
    """HMAC-SHA-256 of the normal form, keyed outside the database.

    Raises: BadInput when it is no address.
    """
    return hash_of_normal(normalise_address(address))


def hash_of_normal(address: str) -> str:
    """The same for an address that is in normal form already, as every stored one is."""
    key = settings.ROLLCALL_SUPPRESSION_KEY.encode()
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()


def scopes_that_stop(mail_class: str, topic: str = "") -> list[str]:
    """The scopes of the ledger that stop a message of this class and topic.

    ``answer`` passes all of them: it is the reply to a person's own act.
    """
    if mail_class == MailClass.ANSWER:
        return []
    scopes = ["all", "hold", f"class:{mail_class}"]
    if mail_class in OPTIONAL_CLASSES:
        scopes.append("optional")
    if topic:
        scopes.append(f"topic:{topic}")
    return scopes


def is_suppressed(address: str, *, mail_class: str, topic: str = "") -> str:
    """The scope that stops this message, or an empty string."""
    found = (
        Suppression.objects.filter(
            address_hash=address_hash(address),
            lifted_at__isnull=True,
            scope__in=scopes_that_stop(mail_class, topic),
        )
        .values_list("scope", flat=True)
        .first()
    )
    return found or ""


def suppressing_scopes(deliveries: Sequence[Delivery]) -> dict[int, str]:
    """Delivery id → ``suppressed <scope>`` for those that must not leave; one query."""
    hashes = {row.pk: hash_of_normal(row.address) for row in deliveries}
    found: dict[str, set[str]] = {}
    rows = Suppression.objects.filter(
        address_hash__in=set(hashes.values()), lifted_at__isnull=True
    ).values_list("address_hash", "scope")
    for digest, scope in rows:
        found.setdefault(digest, set()).add(scope)
    stopped = {}
    for row in deliveries:
        scopes = found.get(hashes[row.pk], set())
        hit = [s for s in scopes_that_stop(row.mail_class, row.topic) if s in scopes]
        if hit:
            stopped[row.pk] = f"suppressed {hit[0]}"
    return stopped


def suppressed_hashes(hashes: Iterable[str], *, scopes: Iterable[str] = ("all",)) -> set[str]:
    """Which of the hashes are suppressed under one of ``scopes``; for imports, in one query."""
    return set(
        Suppression.objects.filter(
            address_hash__in=list(hashes), lifted_at__isnull=True, scope__in=list(scopes)
        ).values_list("address_hash", flat=True)
    )


def suppressed_scopes(hashes: Iterable[str]) -> list[tuple[str, str]]:
    """(hash, scope) of every open row of these hashes; for imports, in one query."""
    return list(
        Suppression.objects.filter(
            address_hash__in=list(hashes), lifted_at__isnull=True
        ).values_list("address_hash", "scope")
    )


def suppress(
    address: str, *, scope: str, reason: str, actor: Actor, source: str = ""
) -> Suppression:
    """Adds the address to the ledger; an open row of the same scope stays as it is."""
    digest = address_hash(address)
    with transaction.atomic():
        existing = Suppression.objects.filter(
            address_hash=digest, scope=scope, lifted_at__isnull=True
        ).first()
        if existing:
            return existing
        try:
            with transaction.atomic():
                row = Suppression.objects.create(
                    address_hash=digest,
                    scope=scope,
                    reason=reason,
                    source=source,
                    key_version=KEY_VERSION,
                    normal_form=NORMAL_FORM,
                )
        except IntegrityError:
            return Suppression.objects.get(address_hash=digest, scope=scope, lifted_at__isnull=True)
        audit.record(
            "suppression",
            "suppress",
            actor=actor,
            subject=row,
            facts={"scope": scope, "reason": reason},
        )
    return row


# Set by a person's own act or wish; everything else stays until staff lift it with evidence.
OWN_REASONS = frozenset(
    {SuppressionReason.UNSUBSCRIBE, SuppressionReason.OBJECTION, SuppressionReason.IMPORTED}
)


def lift(address: str, *, scopes: Iterable[str], evidence: str, actor: Actor, at: datetime) -> int:
    """Ends the person's own suppressions of these scopes after a fresh confirmed opt-in.

    Complaints, holds after bounces, everything of scope "all" and whatever an erasure left stay;
    imports and syncs have no way to call this.

    Returns: how many rows were lifted.
    """
    rows = Suppression.objects.filter(
        address_hash=address_hash(address),
        scope__in=set(scopes) - {"all"},
        lifted_at__isnull=True,
        reason__in=OWN_REASONS,
    )
    count = 0
    with transaction.atomic():
        for row in rows:
            row.lifted_at, row.lifted_evidence = at, evidence[:80]
            row.save(update_fields=["lifted_at", "lifted_evidence"])
            audit.record(
                "suppression", "lift", actor=actor, subject=row, facts={"scope": row.scope}, at=at
            )
            count += 1
    return count


def active_scopes(address: str) -> set[str]:
    """Every scope under which the address is suppressed now."""
    return set(
        Suppression.objects.filter(
            address_hash=address_hash(address), lifted_at__isnull=True
        ).values_list("scope", flat=True)
    )


def suppress_hash(digest: str, *, scope: str, reason: str, source: str) -> None:
    """Adds a hash whose address nobody knows any more, e.g. after a restore; repeatable."""
    if Suppression.objects.filter(
        address_hash=digest, scope=scope, lifted_at__isnull=True
    ).exists():
        return
    Suppression.objects.create(
        address_hash=digest,
        scope=scope,
        reason=reason,
        source=source,
        key_version=KEY_VERSION,
        normal_form=NORMAL_FORM,
    )
