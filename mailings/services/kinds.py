"""The messages of this app besides the mailings themselves."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Message, MessageKind
from mailings.models import Subscription
from mailings.services.opt_in import PURPOSE


def confirm_kind() -> MessageKind:
    """The confirmation of a sign-up."""
    return MessageKind(
        build=build_confirmation, title=gettext_lazy("Confirmation of a subscription")
    )


def build_confirmation(delivery: Delivery, secret: Callable[[str], str]) -> Message:
    """The mail with the link that a person presses to confirm."""
    number = int(delivery.about.rpartition(":")[2])
    subscription = Subscription.objects.select_related("topic").get(pk=number)
    link = f"{settings.ROLLCALL_BASE_URL}/news/confirm/{secret(PURPOSE)}"
    with translation.override(delivery.language):
        context = {"topic": subscription.topic, "link": link}
        return Message(
            subject=_("Please confirm: %(topic)s") % {"topic": subscription.topic.local_name},
            text=render_to_string("mailings/mail/confirm.txt", context),
            html=render_to_string("mailings/mail/confirm.html", context),
            why=_("Somebody, probably you, entered this address in our form."),
        )
