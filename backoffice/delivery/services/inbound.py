"""Mail that comes in: stored, acknowledged, sorted later. A parser never deletes anything."""

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
from backoffice.delivery.reports import read_report
from backoffice.delivery.services.compose import bounce_proof
from backoffice.delivery.services.events import note_event
from backoffice.delivery.services.unsubscribing import delivery_of_token, unsubscribe

RETURN_PATH = re.compile(r"^b\.(\d{1,18})\.([0-9a-f]{20})@", re.IGNORECASE)
TOKEN = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")
MOST_BYTES = 10 * 1024 * 1024


def receive_mail(*, raw: bytes, recipient: str) -> InboundMail:
    """Stores the message once and queues its sorting; the caller can acknowledge at once."""
    raw = raw[:MOST_BYTES]
    key = hashlib.sha256(recipient.lower().encode() + b"\0" + raw).hexdigest()
    head = message_from_bytes(raw[:65536], policy=policy.compat32)
    with transaction.atomic():
        mail, created = InboundMail.objects.get_or_create(
            message_key=key,
            defaults={
                "recipient": recipient[:254],
                "sender": parseaddr(str(head.get("From", "")))[1][:254].lower(),
                "subject": " ".join(str(head.get("Subject", "")).split())[:250],
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
    taken = _as_bounce(mail, at) or _as_unsubscription(mail)
    if not taken:
        for name, handler in INBOUND_HANDLERS:
            if handler(mail):
                taken = name
                break
    InboundMail.objects.filter(pk=mail.pk).update(processed_at=at, taken_by=taken)
    mail.processed_at, mail.taken_by = at, taken
    return taken


def proven_delivery(recipient: str) -> Delivery | None:
    """The delivery a return path names, if its proof is right."""
    match = RETURN_PATH.match(recipient.strip("<> "))
    if match is None or bounce_proof(int(match[1])) != match[2].lower():
        return None
    return Delivery.objects.filter(pk=int(match[1])).first()


def _as_bounce(mail: InboundMail, at: datetime) -> str:
    """A report to a proven return path is applied; any other report is for people to look at."""
    reports = read_report(bytes(mail.raw))
    if not reports:
        return ""
    delivery = proven_delivery(mail.recipient)
    if delivery is None:
        return "report without proof"
    for report in reports:
        note_event(
            delivery=delivery, kind=report.kind, status=report.status, at=at, on=dates.today()
        )
    return "report"


def _as_unsubscription(mail: InboundMail) -> str:
    """Mail to ``leave@`` with the token in the subject; the token decides, not the sender."""
    local, _at, domain = mail.recipient.strip("<> ").partition("@")
    if local.lower() != "leave" or domain.lower() != settings.ROLLCALL_INBOUND_DOMAIN.lower():
        return ""
    for token in TOKEN.findall(mail.subject):
        delivery = delivery_of_token(token)
        if delivery is not None:
            unsubscribe(delivery)
            return "unsubscription"
    return ""
