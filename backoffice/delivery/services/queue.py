"""Puts one message in the queue, inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from email.utils import make_msgid

from django.conf import settings
from django.db import transaction

from backoffice.core.addresses import normalise_address
from backoffice.delivery.enums import LANE_OF_CLASS, MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS


def queue_message(
    *,
    kind: str,
    mail_class: str,
    address: str,
    dedupe_key: str,
    about: str = "",
    contact_id: int | None = None,
    organisation_id: int | None = None,
    role_code: str = "",
    language: str = "en-gb",
    topic: str = "",
    not_before: datetime | None = None,
) -> Delivery:
    """One planned delivery; a second call with the same ``dedupe_key`` gives the first one back.

    Only rows are written here: the message is built by its kind and handed over by the engine, or
    skipped with a reason when the address is suppressed for this class.

    Raises: NotConfigured for an unknown kind; BadInput for an unusable address.
    """
    MESSAGE_KINDS.get(kind)
    normal = normalise_address(address)
    with transaction.atomic():
        delivery, _created = Delivery.objects.get_or_create(
            dedupe_key=dedupe_key,
            defaults={
                "kind": kind,
                "mail_class": mail_class,
                "lane": LANE_OF_CLASS[MailClass(mail_class)],
                "address": normal,
                "about": about,
                "contact_ref": contact_id,
                "organisation_ref": organisation_id,
                "role_code": role_code,
                "language": language,
                "topic": topic,
                "message_id": make_msgid(domain=settings.ROLLCALL_INBOUND_DOMAIN),
                "not_before": not_before,
            },
        )
    return delivery
