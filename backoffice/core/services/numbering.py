"""Numbers without gaps: a counter row raised with F() in the issuing transaction."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import F

from backoffice.core.models import NumberSeries


def next_number(key: str) -> int:
    """The next number of the series, starting at 1; given back if the transaction rolls back.

    Must be called inside a transaction, late and shortly before its end: the row stays locked.

    Raises: RuntimeError outside a transaction, where a crash would leave a hole.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("next_number must be called inside transaction.atomic()")
    NumberSeries.objects.get_or_create(key=key)
    NumberSeries.objects.filter(key=key).update(last=F("last") + 1)
    return NumberSeries.objects.values_list("last", flat=True).get(key=key)


def ensure_series(key: str) -> None:
    """Creates the counter ahead of a run, so that racing workers do not meet on its insert."""
    with transaction.atomic():
        NumberSeries.objects.get_or_create(key=key)
