"""A test send: marked, logged, with links that open nothing, and never counted."""

from __future__ import annotations

from dataclasses import replace

from backoffice.core.actor import Actor
from backoffice.core.addresses import domain_of, normalise_address
from backoffice.core.services import audit
from backoffice.delivery.enums import LANE_OF_CLASS, MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Merge
from backoffice.delivery.services.compose import compile_message
from backoffice.delivery.services.direct import KIND
from backoffice.delivery.services.engine import hand_over_now
from backoffice.delivery.services.queue import mint_message_id
from mailings.models import Mailing
from mailings.services.messages import filled, frame_of, merge_values, message_of, text_of
from mailings.services.people import SAMPLE
from mailings.services.readiness import check_content


def send_test(*, mailing: Mailing, address: str, language: str, actor: Actor) -> Delivery:
    """Sends the draft to a member of staff, merged with a sample person.

    The row has no mailing, so no report counts it, and its unsubscribe link belongs to that row.

    Raises: BadInput for broken content or an unusable address.
    """
    check_content(mailing)
    normal = normalise_address(address)
    used, _text = text_of(mailing, language)
    message, rendered = message_of(mailing, used)
    message = filled(message, merge_values(mailing, SAMPLE, used, rendered))
    message = replace(message, subject=f"[Test] {message.subject}")
    frame = replace(frame_of(mailing, used), one_click=False)
    delivery = Delivery.objects.create(
        kind=KIND,
        mail_class=MailClass.SERVICE,
        lane=LANE_OF_CLASS[MailClass.SERVICE],
        topic="test",
        address=normal,
        domain=domain_of(normal),
        about=f"mailings.mailing:{mailing.pk}",
        language=used,
        message_id=mint_message_id(),
    )
    audit.record(f"mailing:{mailing.pk}", "test", actor=actor, subject=delivery)
    hand_over_now(delivery.pk, Merge(compile_message(message, frame), {}))
    return delivery
