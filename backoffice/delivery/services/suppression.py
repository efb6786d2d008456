"""The ledger of addresses that must not be written to. Asked at every door and at hand-off.

Who may stop, and who may lift: ADR 15. A suppression of everything stays when the person opts in to
one topic again; a permit opens that topic alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.addresses import NORMAL_FORM, normalise_address
from backoffice.core.services import audit
from backoffice.delivery.enums import MailClass
from backoffice.delivery.ledger_key import hash_of_normal, key_version
from backoffice.delivery.models import Delivery, Permit, Suppression

HOLD = "hold"
OPTIONAL_CLASSES = frozenset({MailClass.SERVICE, MailClass.COMMUNITY})


def address_hash(address: str) -> str:
    """HMAC-SHA-256 of the normal form, keyed outside the database.

    Raises: BadInput when it is no address.
    """
    return hash_of_normal(normalise_address(address))


def scopes_that_stop(mail_class: str, topic: str = "") -> list[str]:
    """The scopes of the ledger that stop a message of this class and topic.

    ``answer`` passes all of them: it is the reply to a person's own act.
    """
    if mail_class == MailClass.ANSWER:
        return []
    scopes = ["all", HOLD, f"class:{mail_class}"]
    if mail_class in OPTIONAL_CLASSES:
        scopes.append("optional")
    if topic:
        scopes.append(f"topic:{topic}")
    return scopes


def is_suppressed(address: str, *, mail_class: str, topic: str = "") -> str:
    """The scope that stops this message, or an empty string."""
    digest = address_hash(address)
    scopes = scopes_that_stop(mail_class, topic)
    found = Suppression.objects.filter(
        address_hash=digest, lifted_at__isnull=True, scope__in=scopes
    ).values_list("scope", flat=True)
    return _first_hit(scopes, set(found), permitted=topic in permitted_topics(digest))


def _first_hit(scopes: Sequence[str], found: set[str], *, permitted: bool) -> str:
    return next(
        (scope for scope in scopes if scope in found and (scope == HOLD or not permitted)), ""
    )


def suppressing_scopes(deliveries: Sequence[Delivery]) -> dict[int, str]:
    """Delivery id → ``suppressed <scope>`` for those that must not leave; two queries."""
    hashes = {row.pk: hash_of_normal(row.address) for row in deliveries}
    found: dict[str, set[str]] = {}
    for digest, scope in suppressed_scopes(set(hashes.values())):
        found.setdefault(digest, set()).add(scope)
    permits = set(
        Permit.objects.filter(address_hash__in=found, ended_at__isnull=True).values_list(
            "address_hash", "topic"
        )
        if found
        else ()
    )
    stopped = {}
    for row in deliveries:
        digest = hashes[row.pk]
        hit = _first_hit(
            scopes_that_stop(row.mail_class, row.topic),
            found.get(digest, set()),
            permitted=(digest, row.topic) in permits,
        )
        if hit:
            stopped[row.pk] = f"suppressed {hit}"
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


def active_scopes(address: str) -> set[str]:
    """Every scope under which the address is suppressed now."""
    return {scope for _hash, scope in suppressed_scopes([address_hash(address)])}


def permitted_topics(digest: str) -> set[str]:
    """Topics that the person opted in to afresh against a suppression that still stands."""
    rows = Permit.objects.filter(address_hash=digest, ended_at__isnull=True)
    return set(rows.values_list("topic", flat=True))


def one_at_a_time(digest: str) -> None:
    """Within the transaction, acts on one address follow one another: what was decided last
    holds. SQLite's transactions are exclusive already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(digest[:15], 16)])


def suppress(
    address: str, *, scope: str, reason: str, actor: Actor, source: str = ""
) -> Suppression:
    """Adds the address to the ledger; an open row of the same scope stays as it is. Permits for
    topics that the scope reaches end."""
    digest = address_hash(address)
    with transaction.atomic():
        one_at_a_time(digest)
        row, created = Suppression.objects.get_or_create(
            address_hash=digest,
            scope=scope,
            lifted_at=None,
            defaults={
                "reason": reason,
                "source": source,
                "key_version": key_version(),
                "normal_form": NORMAL_FORM,
            },
        )
        _end_permits(digest, scope)
        if created:
            audit.record(
                "suppression",
                "suppress",
                actor=actor,
                subject=row,
                facts={"scope": scope, "reason": reason},
            )
    return row


def suppress_hash(digest: str, *, scope: str, reason: str, source: str) -> bool:
    """Adds a hash whose address nobody knows any more, e.g. after a restore; repeatable. False
    when it was there: then a later opt-in that the backup holds stays."""
    with transaction.atomic():
        one_at_a_time(digest)
        _row, created = Suppression.objects.get_or_create(
            address_hash=digest,
            scope=scope,
            lifted_at=None,
            defaults={
                "reason": reason,
                "source": source,
                "key_version": key_version(),
                "normal_form": NORMAL_FORM,
            },
        )
        if created:
            _end_permits(digest, scope)
    return created


def _end_permits(digest: str, scope: str) -> None:
    rows = Permit.objects.filter(address_hash=digest, ended_at__isnull=True)
    kind, _colon, name = scope.partition(":")
    if kind == HOLD:
        # About the address, not about the person's wish.
        return
    if kind == "topic":
        rows = rows.filter(topic=name)
    elif kind == "class":
        rows = rows.filter(mail_class=name)
    elif kind == "optional":
        rows = rows.filter(mail_class__in=OPTIONAL_CLASSES)
    rows.update(ended_at=dates.now())
