"""Mail that comes in: stored, acknowledged, sorted later. A parser never deletes anything.

It comes by a provider's webhook, through a pipe (``receive_mail``) or out of a mailbox
(``services.mailbox``). Bounces and mailed unsubscriptions are ours; the rest goes to the handler
whose address it was sent to, and what nobody takes waits for a person.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction

from backoffice.core import dates
from backoffice.core.services import jobs
from backoffice.delivery.models import Delivery, InboundMail
from backoffice.delivery.registry import INBOUND_HANDLERS
from backoffice.delivery.replies import written_by_a_program
from backoffice.delivery.reports import Report, read_report
from backoffice.delivery.services.compose import bounce_proof
from backoffice.delivery.services.events import note_event
from backoffice.delivery.services.unsubscribing import delivery_of_token, unsubscribe

RETURN_PATH = re.compile(r"^b\.(\d{1,18})\.([0-9a-f]{20})@", re.IGNORECASE)
TOKEN = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")
MOST_BYTES = 10 * 1024 * 1024
WITHOUT_PROOF = "report without proof"


def receive_mail(*, raw: bytes, recipient: str) -> InboundMail:
    """Stores the message once and queues its sorting; the caller can acknowledge at once."""
    raw = raw[:MOST_BYTES]
    key = hashlib.sha256(recipient.lower().encode() + b"\0" + raw).hexdigest()
    head = message_from_bytes(raw[:65536], policy=policy.compat32)
    with transaction.atomic():
        mail, created = InboundMail.objects.get_or_create(
            message_key=key,
            defaults={
                "recipient": recipient.strip("<> ")[:254],
                "sender": parseaddr(str(head.get("From", "")))[1][:254].lower(),
                "subject": " ".join(str(head.get("Subject", "")).split())[:250],
                "automatic": written_by_a_program(raw),
                "raw": raw,
            },
        )
        if created:
            jobs.enqueue("delivery.sort_inbound", mail.pk)
    return mail


def sort_mail(*, mail: InboundMail, at: datetime) -> str:
    """Gives the message to the first that takes it: bounce, unsubscription, then other apps.

    Returns: who took it; empty when a person must look. Repeatable.
    """
    if mail.processed_at is not None:
        return mail.taken_by
    with transaction.atomic():
        taken = _as_report(mail, at) or _as_unsubscription(mail) or _by_address(mail)
        InboundMail.objects.filter(pk=mail.pk).update(
            processed_at=at, taken_by=taken, speaks_of=mail.speaks_of
        )
    mail.processed_at, mail.taken_by = at, taken
    return taken


def addresses_of(handler: str) -> frozenset[str]:
    """The addresses whose mail goes to a handler: ``<handler>@`` of the inbound domain, and those
    that ROLLCALL_INBOUND_ADDRESSES names."""
    own = f"{handler}@{settings.ROLLCALL_INBOUND_DOMAIN}".lower()
    return frozenset({own}) | settings.ROLLCALL_INBOUND_ADDRESSES.get(handler, frozenset())


def _by_address(mail: InboundMail) -> str:
    for name, handler in INBOUND_HANDLERS:
        if mail.recipient.lower() in addresses_of(name) and handler(mail):
            return name
    return ""


def proven_delivery(recipient: str) -> Delivery | None:
    """The delivery a return path names, if its proof is right."""
    match = RETURN_PATH.match(recipient.strip("<> "))
    if match is None or bounce_proof(int(match[1])) != match[2].lower():
        return None
    return Delivery.objects.filter(pk=int(match[1])).first()


def _as_report(mail: InboundMail, at: datetime) -> str:
    """A report with a proof is applied; any other report is for people to look at.

    A bounce proves itself by the return path it comes to. A complaint goes to the address of the
    feedback loop instead and carries our message: its unsubscribe link is the proof.
    """
    reports = read_report(bytes(mail.raw))
    if not reports:
        return ""
    delivery = proven_delivery(mail.recipient)
    if delivery is None and all(report.kind == "complaint" for report in reports):
        delivery = _complained_of(bytes(mail.raw))
    if delivery is None:
        mail.speaks_of = _spoken_of(reports)
        return WITHOUT_PROOF
    mail.speaks_of = delivery
    apply_reports(delivery, reports, at)
    return "report"


def apply_reports(delivery: Delivery, reports: list[Report], at: datetime) -> None:
    """What each finding means for the message and its address."""
    for report in reports:
        note_event(
            delivery=delivery, kind=report.kind, status=report.status, at=at, on=dates.today()
        )


def _complained_of(raw: bytes) -> Delivery | None:
    text = raw.replace(b"=\r\n", b"").replace(b"=\n", b"").decode("ascii", "replace")
    for token in re.findall(r"/u/([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])", text):
        delivery = delivery_of_token(token)
        if delivery is not None:
            return delivery
    return None


def _spoken_of(reports: list[Report]) -> Delivery | None:
    """The message whose Message-ID the report gives back: a hint for people, no proof."""
    ids = [report.message_id for report in reports if report.message_id]
    return Delivery.objects.filter(message_id__in=ids).first() if ids else None


def _as_unsubscription(mail: InboundMail) -> str:
    """Mail to ``leave@`` with the token in the subject; the token decides, not the sender."""
    local, _at, domain = mail.recipient.partition("@")
    if local.lower() != "leave" or domain.lower() != settings.ROLLCALL_INBOUND_DOMAIN.lower():
        return ""
    for token in TOKEN.findall(mail.subject):
        delivery = delivery_of_token(token)
        if delivery is not None:
            unsubscribe(delivery)
            return "unsubscription"
    return ""
