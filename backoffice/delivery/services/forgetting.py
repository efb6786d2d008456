"""Old deliveries lose the person, keep the totals.

After 24 months the address becomes its keyed hash: the unsubscribe link, which lives for three
years, can still stop mail to it, and a person who asks is still found.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from backoffice.delivery.models import Delivery
from backoffice.delivery.querysets import OPEN_STATES
from backoffice.delivery.services.suppression import hash_of_normal

NAMED_FOR = timedelta(days=730)
LINK_LIVES = timedelta(days=3 * 365 + 1)
CHUNK = 500
HASHED = "hashed.invalid"


def forgotten_address(address: str) -> str:
    """What stands in the row instead of the address: ``<keyed hash>@hashed.invalid``."""
    return f"{hash_of_normal(address)}@{HASHED}"


def hash_in(address: str) -> str:
    """The keyed hash out of such an address; empty for any other."""
    local, _at, domain = address.partition("@")
    return local if domain == HASHED else ""


def forget_old(*, now: datetime) -> int:
    """Pseudonymises what is older than 24 months, in short transactions; how many rows."""
    count = 0
    while True:
        rows = list(
            Delivery.objects.filter(created_at__lt=now - NAMED_FOR)
            .exclude(state__in=OPEN_STATES)
            .exclude(address="")
            .exclude(address__endswith=".invalid")
            .order_by("pk")[:CHUNK]
        )
        if not rows:
            break
        for row in rows:
            row.address, row.domain, row.contact_ref = forgotten_address(row.address), "", None
        with transaction.atomic():
            Delivery.objects.bulk_update(rows, ["address", "domain", "contact_ref"])
        count += len(rows)
    old = Delivery.objects.filter(created_at__lt=now - LINK_LIVES).exclude(token_hash="")
    count += old.update(token_hash="")
    return count
