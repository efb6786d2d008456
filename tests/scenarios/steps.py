"""The steps of the main job, each through the services that staff's screens call."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from email import message_from_bytes, policy
from urllib.parse import urlsplit

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.delivery.models import Delivery
from backoffice.delivery.services.engine import Engine
from backoffice.delivery.transports.smtp import Relay, SmtpTransport
from billing.models import BillingRun, FeeSchedule, Invoice, UsageSnapshot
from billing.services.compute import compute_run
from billing.services.payments import record_payment
from billing.services.runs import approve_run, create_run, review_run
from billing.services.sealing import sign_and_seal
from billing.services.whole_run import issue_whole_run
from contacts.models import ImportRun
from contacts.services import import_apply, imports
from tests.delivery.sink import Sink
from tests.factories import roll

YEAR = 2025
INVOICE_DAY = date(2025, 1, 10)


def bring_in(kind: str, content: bytes) -> ImportRun:
    """Tests and applies a file as ``import_file`` does."""
    run, rows = imports.open_run(kind=kind, content=content, file_name=f"{kind}.csv",
                                 actor=roll.STAFF)  # fmt: skip
    imports.test_import(run=run, rows=rows, actor=roll.STAFF, on=dates.today())
    import_apply.apply_import(run=run, rows=rows, actor=roll.STAFF, on=dates.today())
    run.refresh_from_db()
    return run


def bill(preparer: User, approver: User) -> BillingRun:
    """Seals usage, computes, approves by a second person, issues, prints and plans the mails."""
    first, second = Actor.user(preparer), Actor.user(approver)
    snapshot = UsageSnapshot.objects.get(year=YEAR - 1)
    sign_and_seal(snapshot=snapshot, reason="no registry here", actor=first, at=dates.now())
    run = create_run(
        purpose="annual", year=YEAR, schedule=FeeSchedule.objects.get(code="datacite-2023"),
        snapshot=snapshot, invoice_date=INVOICE_DAY, actor=first,
    )  # fmt: skip
    compute_run(run=run, actor=first, at=dates.now())
    review_run(run=run, actor=first)
    approve_run(run=run, actor=second, at=dates.now())
    return issue_whole_run(run=run, actor=second, processes=2)


def hand_over(sink: Sink) -> int:
    """Runs the engine over a real SMTP connection until nothing is planned; how many left."""
    engine = Engine("scenario:1", SmtpTransport(Relay("127.0.0.1", sink.port, timeout=10)))
    total = 0
    try:
        while did := engine.round():
            total += did
    finally:
        engine.transport.close()
    return total


def mail_to(sink: Sink, address: str, subject_part: str = ""):
    """The newest message to an address, parsed."""
    for taken in reversed(sink.taken):
        if taken.recipient == address:
            message = message_from_bytes(taken.content, policy=policy.default)
            if subject_part in str(message["Subject"]):
                return message
    raise AssertionError(f"no mail about {subject_part!r} to this address")


def links(message) -> list[str]:
    text = message.get_body(("plain",)).get_content()
    return re.findall(r"https?://[^\s<>)\"]+", text)


def path_of(link: str) -> str:
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def unsubscribe_link(message) -> str:
    """The https URI of List-Unsubscribe, or the one in the body of a single mail."""
    header = message["List-Unsubscribe"]
    if header:
        return re.search(r"<(https?://[^>]+)>", str(header).replace("\n", "")).group(1)
    return next(link for link in links(message) if "/u/" in link)


def pay(invoice: Invoice) -> None:
    record_payment(
        amount=Decimal(invoice.gross_amount), currency=invoice.currency,
        received_on=dates.today(), actor=roll.STAFF, parts=[(invoice, invoice.gross_amount)],
    )  # fmt: skip


def delivery_of(invoice: Invoice) -> Delivery:
    return Delivery.objects.get(about=f"billing.invoice:{invoice.pk}", kind="billing.invoice")
