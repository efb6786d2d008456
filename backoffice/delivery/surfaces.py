"""What the dashboard and the palette show of the mail engine."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.surfaces import Tile
from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery, InboundMail, LaneState


def _list(model: str, query: str = "") -> str:
    return reverse(f"admin:delivery_{model}_changelist") + query


def _failed(on: date) -> int:
    week = dates.now() - timedelta(days=7)
    states = [DeliveryState.FAILED, DeliveryState.BOUNCED]
    return Delivery.objects.filter(state__in=states, settled_at__gte=week).count()


def _stopped(on: date) -> int:
    blocked = Q(paused_at__isnull=False) | Q(open_until__gt=dates.now())
    return LaneState.objects.filter(blocked).exclude(pause_reason="cancelled").count()


TILES = {
    "mail failed": Tile(
        _("Mail that did not arrive"),
        "delivery.view_delivery",
        _failed,
        lambda: _list("delivery", "?state__exact=bounced"),
        empty=_("nothing came back this week"),
        icon="outgoing_mail",
    ),
    "mail uncertain": Tile(
        _("Uncertain messages"),
        "delivery.release_delivery",
        lambda on: Delivery.objects.filter(state=DeliveryState.UNCERTAIN).count(),
        lambda: _list("delivery", "?state__exact=uncertain"),
        empty=_("every message has a known end"),
        icon="help",
    ),
    "mail stopped": Tile(
        _("Lanes and mailings at rest"),
        "delivery.view_lanestate",
        _stopped,
        lambda: _list("lanestate"),
        tone="alarm",
        empty=_("mail flows"),
        icon="pause_circle",
    ),
    "mail unsorted": Tile(
        _("Inbound mail nobody took"),
        "delivery.view_inboundmail",
        lambda on: InboundMail.objects.filter(
            taken_by__in=["", "report without proof"], processed_at__isnull=False
        ).count(),
        lambda: _list("inboundmail"),
        empty=_("all inbound mail was sorted"),
        icon="inbox",
    ),
}
