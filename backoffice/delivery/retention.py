"""How long the mail engine keeps what names people."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.core.retention import RETENTION, RetentionRule, Sweep, deleted, instant_before
from backoffice.delivery.models import InboundMail, OutboxMessage, ProviderEvent
from backoffice.delivery.services.forgetting import (
    drop_links,
    forget,
    named_too_long,
    with_old_links,
)

INBOUND_DAYS, EVENT_DAYS = 90, 30


def _inbound(day: date) -> QuerySet:
    return InboundMail.objects.filter(received_at__lt=instant_before(day, days=INBOUND_DAYS))


def _events(day: date) -> QuerySet:
    return ProviderEvent.objects.filter(received_at__lt=instant_before(day, days=EVENT_DAYS))


def _copies(day: date) -> QuerySet:
    return OutboxMessage.objects.filter(created_at__lt=instant_before(day, days=EVENT_DAYS))


def register_rules() -> None:
    RETENTION.add("delivery_end", RetentionRule(
        _("24 months after the message; its unsubscribe link three years"),
        _("the address becomes its keyed hash; totals stay"), _("proof of what was sent"),
        (Sweep("delivery.Delivery", named_too_long, forget),
         Sweep("delivery.Delivery", with_old_links, drop_links, part="links", braked=False)),
    ))  # fmt: skip
    RETENTION.add("outbox_end", RetentionRule(
        _("30 days after the message"), _("the copy is deleted"), _("local installations only"),
        (Sweep("delivery.OutboxMessage", _copies, deleted),),
    ))  # fmt: skip
    RETENTION.add("inbound_end", RetentionRule(
        _("inbound mail 90 days, reports of providers 30 days"), _("deleted"),
        _("sorting of bounces and replies"),
        (Sweep("delivery.InboundMail", _inbound, deleted),
         Sweep("delivery.ProviderEvent", _events, deleted)),
    ))  # fmt: skip
    RETENTION.add("suppression", RetentionRule(
        _("until the person asks to be written to again"), _("the keyed hash stays"),
        _("Art. 21 (3) GDPR: never to write to this address again"),
    ))  # fmt: skip
