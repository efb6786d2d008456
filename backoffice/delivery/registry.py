"""What other apps plug into the mail engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backoffice.core.registry import Registry
from backoffice.delivery.mime import Template

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from backoffice.delivery.models import Delivery


@dataclass(frozen=True)
class Attachment:
    file_name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """What a kind builds at hand-off. The engine adds footer, unsubscribe link and headers.

    ``html`` is the inside of the body (from a template that extends ``mail/base.html``), ``text``
    carries the same information and links.
    """

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    # One sentence: why this person gets this message.
    why: str = ""
    # Where the same can be read without a token; empty when nowhere.
    online: str = ""
    reply_to: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Merge:
    """A message compiled once for many, and the values of one recipient."""

    template: Template
    values: Mapping[str, str]


@dataclass(frozen=True)
class MessageKind:
    """``build(delivery, secret)``; ``secret(purpose)`` makes a signed link token at hand-off.

    With ``preview`` True, ``build`` is called for previews and archives, where ``secret`` gives a
    dummy that opens nothing.
    """

    build: Callable[..., Message]
    automatic: bool = True
    # Single transactional mails carry the link in the body but no one-click header.
    one_click: bool = False
    # For many messages of one content: ``batch(deliveries)`` gives a Merge per delivery id.
    batch: Callable[[Sequence[Delivery]], Mapping[int, Merge]] | None = None
    # ``recheck(deliveries)`` right after the claim: delivery id → why it must not leave any more.
    recheck: Callable[[Sequence[Delivery]], Mapping[int, str]] | None = None
    # What it is in the words of the office (lazily translated); lists show the key without it.
    title: str | Promise = ""


# "billing.invoice" → how to build it.
@dataclass(frozen=True)
class HashColumn:
    """A column of keyed hashes of addresses: a text, a list of them (JSON), or ``<hash>@suffix`` in a
    column that holds plain addresses too. ``version_field`` says of which key they are."""

    label: str
    field: str
    suffix: str = ""
    version_field: str = ""


# What a new suppression key has to take along.
ADDRESS_HASHES: Registry[HashColumn] = Registry("hashes of addresses")
MESSAGE_KINDS: Registry[MessageKind] = Registry("message kinds")
# Called after a delivery has bounced, complained, failed or was skipped as suppressed:
# handler(delivery, event); each app looks at ``delivery.about``.
EVENT_HANDLERS: Registry[Callable[..., None]] = Registry("delivery event handlers")
# Called when somebody leaves: handler(address=…, scope=…, delivery=…); ``scope`` as in the ledger.
UNSUBSCRIBE_HANDLERS: Registry[Callable[..., None]] = Registry("unsubscribe handlers")
# The name of a topic in the active language: label(code) → text, empty when it is not known.
TOPIC_LABELS: Registry[Callable[[str], str]] = Registry("topic labels")
# Address of the preference page behind an unsubscribe token: make(token) → path.
PREFERENCE_PAGES: Registry[Callable[[str], str]] = Registry("preference pages")
# Takes mail to ``<name>@`` of the inbound domain and to the addresses that the setting
# ROLLCALL_INBOUND_ADDRESSES names for it: handler(inbound_mail) → True when it was taken. Runs in the
# transaction that marks the mail as sorted. ``inbound_mail.automatic`` must not be answered.
INBOUND_HANDLERS: Registry[Callable[..., bool]] = Registry("inbound handlers")
