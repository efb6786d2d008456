"""Deliveries and the outbox in the admin."""

from __future__ import annotations

from email import message_from_bytes, policy

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import (
    BulkOperation,
    Operation,
    OperationForm,
    ReadOnlyAdmin,
)
from backoffice.core.admin_shim import ChoicesDropdownFilter, display
from backoffice.delivery.enums import DeliveryState
from backoffice.delivery.models import Delivery, OutboxMessage
from backoffice.delivery.registry import MESSAGE_KINDS
from backoffice.delivery.services import handling

TONES = {
    DeliveryState.SENT: "success",
    DeliveryState.DELIVERED: "success",
    DeliveryState.FAILED: "danger",
    DeliveryState.BOUNCED: "danger",
    DeliveryState.COMPLAINED: "danger",
    DeliveryState.UNCERTAIN: "warning",
    DeliveryState.DEFERRED: "warning",
    DeliveryState.SKIPPED: "info",
}


class UncertainForm(OperationForm):
    arrived = forms.ChoiceField(
        label=_("What happened?"),
        choices=[("yes", _("It arrived")), ("no", _("It did not: send it once more"))],
    )


def _waiting(delivery: Delivery) -> bool:
    return delivery.state in handling.WAITING


def _drop(delivery, actor, data, request) -> str:
    handling.drop_delivery(delivery=delivery, actor=actor, at=dates.now())
    return _t("Dropped.")


def _release(delivery, actor, data, request) -> str:
    handling.release_delivery(delivery=delivery, actor=actor, at=dates.now())
    return _t("It leaves with the next round.")


def _settle(delivery, actor, data, request) -> str:
    handling.settle_uncertain(
        delivery=delivery, arrived=data["arrived"] == "yes", actor=actor, at=dates.now()
    )
    return _t("Settled.")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("address", "title", "state_label", "reason", "lane", "created_at")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("lane", ChoicesDropdownFilter),
        ("mail_class", ChoicesDropdownFilter),
    )
    search_fields = ("address", "about", "message_id", "provider_id")
    operations = (
        Operation("release", _("Send now"), "delivery.release_delivery", _release, shown=_waiting,
                  explain=_("The message leaves with the next round instead of at its time.")),
        Operation("drop", _("Drop"), "delivery.drop_delivery", _drop, shown=_waiting, danger=True,
                  explain=_("The message is not sent. This cannot be taken back.")),
        Operation("settle", _("Settle"), "delivery.release_delivery", _settle, form=UncertainForm,
                  shown=lambda delivery: delivery.state == DeliveryState.UNCERTAIN,
                  explain=_("Nobody knows whether this message arrived: the connection broke after "
                            "the last byte. It is never repeated by itself.")),
    )  # fmt: skip
    bulk_operations = (
        BulkOperation("drop_all", _("Drop"), "delivery.drop_delivery", _drop,
                      _("These messages are not sent.")),
        BulkOperation("release_all", _("Send now"), "delivery.release_delivery", _release,
                      _("These messages leave with the next round.")),
    )  # fmt: skip

    @admin.display(description=_("what"), ordering="kind")
    def title(self, delivery: Delivery) -> str:
        """In the words of the office; the key for a kind that is gone."""
        known = delivery.kind in MESSAGE_KINDS and MESSAGE_KINDS.get(delivery.kind).title
        return str(known or delivery.kind)

    @display(description=_("state"), label={str(k): v for k, v in TONES.items()}, ordering="state")
    def state_label(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()


@admin.register(OutboxMessage)
class OutboxAdmin(ReadOnlyAdmin):
    """Mail as it would have left; read the text, look at the HTML."""

    list_display = ("subject", "address", "created_at")
    search_fields = ("subject", "address")
    fields = ("subject", "address", "created_at", "delivery", "text_part", "html_part", "head")
    readonly_fields = fields

    def _parsed(self, message: OutboxMessage):
        return message_from_bytes(bytes(message.raw), policy=policy.default)

    @admin.display(description=_("text"))
    def text_part(self, message: OutboxMessage) -> str:
        part = self._parsed(message).get_body(("plain",))
        text = part.get_content() if part else ""
        return format_html('<div class="rc-mailtext">{}</div>', text)

    @admin.display(description=_("HTML"))
    def html_part(self, message: OutboxMessage) -> str:
        part = self._parsed(message).get_body(("html",))
        return format_html(
            '<iframe class="rc-mailframe" sandbox title="{}" srcdoc="{}"></iframe>',
            _t("The message as HTML"),
            part.get_content() if part else "",
        )

    @admin.display(description=_("headers"))
    def head(self, message: OutboxMessage) -> str:
        head = bytes(message.raw).partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        return format_html('<div class="rc-mailtext">{}</div>', head)
