"""Old deliveries lose the person, keep the totals.

After 24 months the address becomes its keyed hash: the unsubscribe link, which lives for three
years, can still stop mail to it, and a person who asks is still found.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from backoffice.core.retention import instant_before
from backoffice.delivery.ledger_key import hash_of_normal
from backoffice.delivery.models import Delivery
from backoffice.delivery.querysets import OPEN_STATES

NAMED_MONTHS = 24
LINK_MONTHS = 36
CHUNK = 500
HASHED = "hashed.invalid"


def forgotten_address(address: str) -> str:
    """What stands in the row instead of the address: ``<keyed hash>@hashed.invalid``."""
    return f"{hash_of_normal(address)}@{HASHED}"


def hash_in(address: str) -> str:
    """The keyed hash out of such an address; empty for any other."""
    local, _at, domain = address.partition("@")
    return local if domain == HASHED else ""


def named_too_long(day: date) -> QuerySet[Delivery]:
    """Settled deliveries that are older than 24 months on a day and still name somebody."""
    return (
        Delivery.objects.filter(created_at__lt=instant_before(day, months=NAMED_MONTHS))
        .exclude(state__in=OPEN_STATES)
        .exclude(address="")
        .exclude(address__endswith=".invalid")
    )


def forget(rows: QuerySet[Delivery]) -> int:
    """Pseudonymises the rows in short transactions; how many."""
    found = list(rows.order_by("pk"))
    for start in range(0, len(found), CHUNK):
        some = found[start : start + CHUNK]
        for row in some:
            row.address, row.domain, row.contact_ref = forgotten_address(row.address), "", None
        with transaction.atomic():
            Delivery.objects.bulk_update(some, ["address", "domain", "contact_ref"])
    return len(found)


def with_old_links(day: date) -> QuerySet[Delivery]:
    """Deliveries whose unsubscribe link is older than three years."""
    old = instant_before(day, days=1, months=LINK_MONTHS)
    return Delivery.objects.filter(created_at__lt=old).exclude(token_hash="")


def drop_links(rows: QuerySet[Delivery]) -> int:
    return rows.update(token_hash="")
