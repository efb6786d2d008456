"""Mail that some library sends with Django's own functions: through the same gate and log."""

from __future__ import annotations

from functools import partial

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.utils.html import escape, linebreaks
from django.utils.translation import gettext_lazy

from backoffice.core import dates
from backoffice.core.addresses import domain_of, normalise_address
from backoffice.core.errors import RuleBroken
from backoffice.delivery.enums import LANE_OF_CLASS, MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Attachment, Merge, Message, MessageKind
from backoffice.delivery.services.compose import Frame, compile_message, issuer_on
from backoffice.delivery.services.engine import hand_over_now
from backoffice.delivery.services.queue import mint_message_id

KIND = "delivery.direct"
# How a sender says what the mail is; without it a mail is a service notice, which people can stop.
CLASS_HEADER = "X-Rollcall-Class"


def direct_kind() -> MessageKind:
    """The kind of these messages. Their text is not stored, so it cannot be built a second time."""

    def build(delivery: Delivery, secret: object) -> Message:
        raise RuleBroken("The text of a direct message is not kept.", code="text_not_kept")

    return MessageKind(build=build, title=gettext_lazy("Message of the system"))


def send_direct(email: EmailMessage) -> int:
    """One delivery per recipient, each mail naming that recipient only; how many were queued.

    Inside a transaction the hand-over waits for the commit.

    Raises: BadInput for an unusable address.
    """
    mail_class = MailClass(email.extra_headers.get(CLASS_HEADER, MailClass.SERVICE))
    now = dates.now()
    frame = Frame(issuer_on(now), "en-gb", mail_class, one_click=False, automatic=True)
    merge = Merge(compile_message(_as_message(email), frame), {})
    recipients = dict.fromkeys(normalise_address(address) for address in email.recipients())
    for address in recipients:
        delivery = Delivery.objects.create(
            kind=KIND,
            mail_class=mail_class,
            lane=LANE_OF_CLASS[mail_class],
            address=address,
            domain=domain_of(address),
            message_id=mint_message_id(),
        )
        transaction.on_commit(partial(hand_over_now, delivery.pk, merge))
    return len(recipients)


def _as_message(email: EmailMessage) -> Message:
    pages = email.alternatives if isinstance(email, EmailMultiAlternatives) else []
    html = next((str(a[0]) for a in pages if a[1] == "text/html"), None)
    attachments = tuple(
        Attachment(item[0] or "file", item[2] or "application/octet-stream", _bytes(item[1]))
        for item in email.attachments
        if isinstance(item, tuple)
    )
    return Message(
        subject=str(email.subject),
        text=str(email.body),
        html=html or linebreaks(escape(email.body)),
        attachments=attachments,
        reply_to=(email.reply_to or [""])[0],
    )


def _bytes(content: object) -> bytes:
    return content if isinstance(content, bytes) else str(content).encode()
