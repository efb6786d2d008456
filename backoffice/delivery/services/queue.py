"""Puts one message in the queue, inside the caller's transaction."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction

from backoffice.core.addresses import domain_of, normalise_address
from backoffice.delivery.enums import LANE_OF_CLASS, MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import MESSAGE_KINDS
from backoffice.delivery.services.engine import hand_over_now


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
    skipped with a reason when the address is suppressed for this class. An answer does not wait for
    a worker: it is handed over as soon as the transaction is committed.

    Raises: NotConfigured for an unknown kind; BadInput for an unusable address.
    """
    MESSAGE_KINDS.get(kind)
    normal = normalise_address(address)
    fresh = Delivery(
        dedupe_key=dedupe_key,
        kind=kind,
        mail_class=mail_class,
        lane=LANE_OF_CLASS[MailClass(mail_class)],
        address=normal,
        domain=domain_of(normal),
        about=about,
        contact_ref=contact_id,
        organisation_ref=organisation_id,
        role_code=role_code,
        language=language,
        topic=topic,
        message_id=mint_message_id(),
        not_before=not_before,
    )
    with transaction.atomic(savepoint=False):
        # One statement that settles a race by itself; a look first would take three more.
        Delivery.objects.bulk_create([fresh], ignore_conflicts=True)
        stored = Delivery.objects.filter(dedupe_key=dedupe_key)
        fresh.pk, message_id = stored.values_list("pk", "message_id").get()
        if message_id != fresh.message_id:
            return stored.get()
        if mail_class == MailClass.ANSWER and not_before is None:
            transaction.on_commit(partial(hand_over_now, fresh.pk))
    fresh._state.adding = False
    return fresh


def mint_message_id() -> str:
    """A Message-ID of our domain, made at planning and kept on every retry (RFC 5322, 3.6.4)."""
    return f"<{secrets.token_hex(12)}@{settings.ROLLCALL_INBOUND_DOMAIN}>"
