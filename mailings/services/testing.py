"""A test send: marked, logged, with links that open nothing, and never counted."""

from __future__ import annotations

from dataclasses import replace

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.addresses import domain_of, normalise_address
from backoffice.core.services import audit
from backoffice.delivery.enums import LANE_OF_CLASS, MailClass
from backoffice.delivery.models import Delivery
from backoffice.delivery.registry import Merge
from backoffice.delivery.services.compose import Frame, compile_message, issuer_on
from backoffice.delivery.services.direct import KIND
from backoffice.delivery.services.engine import hand_over_now
from backoffice.delivery.services.queue import mint_message_id
from mailings.models import Mailing
from mailings.services.messages import Person, filled, message_of, values_for
from mailings.services.sending import check_content

SAMPLE = Person("Zoë", "O’Neill-Ångström", ("Example University", "Example Press"), ("Voting",))


def send_test(*, mailing: Mailing, address: str, language: str, actor: Actor) -> Delivery:
    """Sends the draft to a member of staff, merged with a sample person.

    The row has no mailing, so no report counts it, and its unsubscribe link belongs to that row.

    Raises: BadInput for broken content or an unusable address.
    """
    check_content(mailing)
    normal = normalise_address(address)
    message, _rendered = message_of(mailing, language)
    message = filled(message, values_for(SAMPLE, language))
    message = replace(message, subject=f"[Test] {message.subject}")
    frame = Frame(issuer_on(dates.now()), language, MailClass.SERVICE, False, False)
    delivery = Delivery.objects.create(
        kind=KIND,
        mail_class=MailClass.SERVICE,
        lane=LANE_OF_CLASS[MailClass.SERVICE],
        topic="test",
        address=normal,
        domain=domain_of(normal),
        about=f"mailings.mailing:{mailing.pk}",
        language=language,
        message_id=mint_message_id(),
    )
    audit.record(f"mailing:{mailing.pk}", "test", actor=actor, subject=delivery)
    hand_over_now(delivery.pk, Merge(compile_message(message, frame), {}))
    return delivery
