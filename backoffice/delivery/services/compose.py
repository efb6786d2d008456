"""From a message to bytes: frame, footer with the unsubscribe link, headers, gate.

No message but an answer leaves without a working unsubscribe link in both parts: the gate looks at
what was compiled, not at the template's good intentions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from backoffice.core import queries
from backoffice.core.models import Issuer
from backoffice.core.tokens import derived_token, token_hash
from backoffice.delivery.enums import MailClass
from backoffice.delivery.mime import Part, Template, field, header_value, mailbox
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import PREFERENCE_PAGES, Message
from backoffice.delivery.tracking import tracking_in

UNSUBSCRIBE = "unsubscribe_url"
PREFERENCES = "preferences_url"
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
_PARAGRAPHS = re.compile(r"\n{3,}")


class GateClosedError(Exception):
    """The message must not leave as it is; ``str`` is a code."""


@dataclass(frozen=True)
class Frame:
    """What surrounds a message: who sends it and in which language it is read."""

    issuer: Issuer | None
    language: str
    mail_class: str
    one_click: bool
    automatic: bool
    answerable: bool = True


def issuer_on(now: datetime) -> Issuer | None:
    """The sender's details valid on the agency's day."""
    return queries.issuer_on(timezone.localdate(now))


def compile_message(message: Message, frame: Frame) -> Template:
    """Compiles text and HTML with their frame; merge fields stay open.

    Raises: GateClosedError without an unsubscribe link or with a tracking pixel or link;
    HeaderInjection for a bad header.
    """
    with_link = frame.mail_class != MailClass.ANSWER
    context = {
        "message": message,
        "issuer": frame.issuer,
        "language": frame.language.split("-")[0],
        "unsubscribe_url": field(UNSUBSCRIBE) if with_link else "",
        "preferences_url": field(PREFERENCES) if with_link and PREFERENCE_PAGES.names() else "",
        "own_heading": "<h1" not in message.html,
    }
    with translation.override(frame.language):
        page = render_to_string("mail/frame.html", context)
        plain = render_to_string("mail/frame.txt", context)
    text = _PARAGRAPHS.sub("\n\n", str(plain)).strip() + "\n"
    html = _INLINER.inline(page)
    if with_link and (field(UNSUBSCRIBE) not in text or field(UNSUBSCRIBE) not in html):
        raise GateClosedError("no_unsubscribe_link")
    if tracking_in(html):
        raise GateClosedError(tracking_in(html))
    return Template(
        subject=message.subject,
        text=text,
        html_body=html,
        headers=fixed_headers(message, frame),
        attachments=[Part(a.file_name, a.media_type, a.content) for a in message.attachments],
    )


def fixed_headers(message: Message, frame: Frame) -> dict[str, str]:
    """Headers that are the same for every recipient (RFC 3834, RFC 2369, RFC 2919)."""
    headers = {"From": mailbox(settings.DEFAULT_FROM_EMAIL)}
    if message.reply_to:
        headers["Reply-To"] = mailbox(message.reply_to)
    if frame.automatic:
        headers["Auto-Submitted"] = "auto-generated"
    if frame.one_click:
        if settings.ROLLCALL_BULK_HEADERS:
            headers["Precedence"] = "bulk"
            headers["X-Auto-Response-Suppress"] = "OOF, AutoReply"
        if frame.issuer is not None and frame.issuer.email:
            headers["List-Owner"] = f"<mailto:{frame.issuer.email}>"
    for name, value in message.headers.items():
        headers[header_value(name)] = header_value(value)
    return headers


def unsubscribe_token(delivery: Delivery) -> str:
    """The secret of the link; made again at each hand-off from the Message-ID, stored as a hash."""
    return derived_token("unsubscribe", delivery.message_id)


def bounce_address(delivery: Delivery) -> str:
    """The return path: names the delivery and proves that we wrote to it."""
    proof = bounce_proof(delivery.pk)
    return f"b.{delivery.pk}.{proof}@{settings.ROLLCALL_INBOUND_DOMAIN}"


def bounce_proof(delivery_id: int) -> str:
    """Hexadecimal, because some servers fold the case of the part before the @."""
    return token_hash(derived_token("bounce", delivery_id))[:20]


def unsubscribe_url(token: str) -> str:
    """Address of the page and of the one-click POST."""
    return f"{settings.ROLLCALL_BASE_URL}/u/{token}"


def preferences_path(token: str) -> str:
    """Where the holder of this link chooses topic by topic; empty when no app offers that."""
    return next((make(token) for _name, make in PREFERENCE_PAGES), "")


@dataclass(frozen=True)
class Ready:
    """A message about to leave."""

    content: bytes
    token_hash: str


def render_for(
    delivery: Delivery,
    template: Template,
    values: Mapping[str, str],
    *,
    now: datetime,
    one_click: bool,
) -> Ready:
    """The bytes for one recipient, with the headers that are his alone."""
    token = unsubscribe_token(delivery)
    link = unsubscribe_url(token)
    headers = {
        "To": delivery.address,
        "Message-ID": delivery.message_id,
        "Date": format_datetime(now),
    }
    if one_click:
        mailto = f"mailto:leave@{settings.ROLLCALL_INBOUND_DOMAIN}?subject={token}"
        headers["List-Unsubscribe"] = f"<{link}>,\r\n <{mailto}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    own = {UNSUBSCRIBE: link, PREFERENCES: settings.ROLLCALL_BASE_URL + preferences_path(token)}
    content = template.render(headers=headers, values={**values, **own})
    return Ready(content, token_hash(token))
