"""What must hold at any time and what no single write can prove: looked at every night."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from billing import guards
from billing.enums import InvoiceState, SnapshotState
from billing.models import Allocation, BilledClaim, Invoice, Payment, UsageSnapshot
from billing.services.export_document import document_faults
from billing.services.payments import available
from billing.services.schedules import overlaps
from billing.services.sealing import snapshot_digest


def findings() -> Iterator[str]:
    """A sentence for each thing that is not as it must be; nothing when all is well."""
    yield from (f"guard {name} is missing in the database" for name in _missing())
    yield from overlaps()
    yield from _unsealed()
    yield from _claims()
    yield from _amounts()
    yield from document_faults()


def _missing() -> list[str]:
    return guards.missing_guards(connection)


def _unsealed() -> Iterator[str]:
    for snapshot in UsageSnapshot.objects.filter(state=SnapshotState.SEALED):
        if snapshot_digest(snapshot) != snapshot.digest:
            yield f"the sealed figures {snapshot} are not what was signed"


def _claims() -> Iterator[str]:
    """A cancelled invoice holds nothing back, and a live one gives nothing away."""
    kept = BilledClaim.objects.filter(
        released_at__isnull=True, invoice__state=InvoiceState.CANCELLED
    )
    for number in kept.values_list("invoice__number", flat=True).distinct():
        yield f"{number} is cancelled, and what it billed is not given back"


def _amounts() -> Iterator[str]:
    below = Invoice.objects.receivable().with_open_amount().filter(open_amount__lt=0)
    for number in below.values_list("number", flat=True):
        yield f"{number}: more is allocated and credited than was billed"
    live = Allocation.objects.filter(voided_at__isnull=True)
    for payment in Payment.objects.filter(pk__in=live.values("payment")).iterator(chunk_size=500):
        if available(payment) < 0:
            yield f"payment {payment.pk}: more is allocated than was paid"
    stray = live.exclude(invoice__state=InvoiceState.ISSUED)
    for number in stray.values_list("invoice__number", flat=True).distinct():
        yield f"{number} is not a receivable, and a payment is allocated to it"
