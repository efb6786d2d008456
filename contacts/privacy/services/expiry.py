"""What a case itself may not keep for ever: its text, its address, the messages it sent."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from backoffice.delivery.models import Delivery, OutboxMessage
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services.erase import erase_rows


def forget_texts(rows: QuerySet[PrivacyCase]) -> int:
    return rows.update(raw_text="", raw_text_until=None)


def forget_addresses(rows: QuerySet[PrivacyCase]) -> int:
    """The answers' own rows and the address of each case."""
    count = 0
    for case in rows:
        with transaction.atomic():
            sent = Delivery.objects.filter(about=f"privacy.privacycase:{case.pk}")
            copies = OutboxMessage.objects.filter(delivery__in=sent)
            erase_rows("delivery.OutboxMessage", list(copies.values_list("pk", flat=True)))
            erase_rows("delivery.Delivery", list(sent.values_list("pk", flat=True)))
            count += PrivacyCase.objects.filter(pk=case.pk).update(address=None)
    return count
