"""Topics, subscriptions, consent and groups in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from backoffice.core import dates
from backoffice.core.admin_bases import Operation, ReadOnlyAdmin, RollcallAdmin
from backoffice.core.admin_shim import ChoicesDropdownFilter
from mailings.enums import SubscriptionState
from mailings.forms import SubscriberForm
from mailings.models import ConsentRecord, GroupLink, Subscription, Topic
from mailings.services.opt_in import add_subscription, request_subscription
from mailings.services.subscriptions import end_subscription


def _subscriber(topic: Topic, actor, data, request) -> str:
    if data["how"] == "confirm":
        request_subscription(
            topic=topic, address=data["address"], language=data["language"], source="staff",
            actor=actor, at=dates.now(), invited=True,
        )  # fmt: skip
        return _t("A mail with a link to confirm is on its way.")
    add_subscription(
        topic=topic, address=data["address"], language=data["language"], reason=data["reason"],
        origin=data["how"], actor=actor, at=dates.now(),
    )  # fmt: skip
    return _t("Added. The first mail says where the address came from.")


@admin.register(Topic)
class TopicAdmin(RollcallAdmin):
    restorable = False
    list_display = ("name", "code", "mail_class", "legal_basis", "frequency", "public", "active")
    list_filter = ("public", "active")
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "code", "description", "frequency", "position", "active")}),
        (_("Rules"), {"fields": ("mail_class", "legal_basis", "public", "indexed", "feed_url")}),
        (_("Wording of the consent"), {"fields": ("wording", "wording_version")}),
        (_("German"), {"fields": ("name_de", "description_de", "frequency_de", "wording_de")}),
    )
    operations = (
        Operation("subscriber", _("Add a subscriber"), "mailings.add_subscription", _subscriber,
                  form=SubscriberForm, shown=lambda topic: topic.active),
    )  # fmt: skip


def _end(subscription: Subscription, actor, data, request) -> str:
    end_subscription(subscription=subscription, source="staff", actor=actor, at=dates.now())
    return _t("Ended.")


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("address", "topic", "state", "origin", "requested_at", "confirmed_at",
                    "ended_at")  # fmt: skip
    list_filter = (("state", ChoicesDropdownFilter), "topic", ("origin", ChoicesDropdownFilter))
    list_select_related = ("topic",)
    search_fields = ("address",)
    exclude = ("confirm_hash",)
    # Status and dates belong to every list of addresses that leaves the house.
    export_fields = ("address", "topic__code", "language", "state", "origin", "requested_at",
                     "confirmed_at", "ended_at")  # fmt: skip
    change_form_template = "admin/mailings/subscription.html"
    operations = (
        Operation("end", _("End"), "mailings.change_subscription", _end, danger=True,
                  shown=lambda row: row.state != SubscriptionState.ENDED,
                  explain=_("The person gets no more mail of this topic. Only they can come back.")),
    )  # fmt: skip


@admin.register(ConsentRecord)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("subscription", "act", "at", "wording_version", "source", "actor")
    list_select_related = ("subscription__topic",)
    list_filter = (("act", ChoicesDropdownFilter),)


@admin.register(GroupLink)
class GroupLinkAdmin(RollcallAdmin):
    restorable = False
    list_display = ("name", "topic", "segment", "most_removals", "read_at")
    list_select_related = ("topic", "segment")
    change_form_template = "admin/mailings/group_form.html"
