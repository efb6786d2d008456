"""Background work of the mail engine besides the loop itself."""

from __future__ import annotations

from datetime import timedelta

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services.jobs import JobContext, job
from backoffice.delivery.models import InboundMail, OutboxMessage, ProviderEvent
from backoffice.delivery.services.forgetting import forget_old
from backoffice.delivery.services.handling import repeat_uncertain
from backoffice.delivery.services.inbound import sort_mail
from backoffice.delivery.services.mail_check import run_doctor
from backoffice.delivery.services.mailbox import configured_mailbox, empty_mailbox
from backoffice.delivery.services.webhooks import process_event

KEEP_INBOUND = timedelta(days=90)
KEEP_EVENTS = timedelta(days=30)
REPEAT_AFTER = timedelta(minutes=30)


@job("delivery.sort_inbound")
def sort_inbound(context: JobContext, mail_id: int) -> None:
    """Sorts one inbound message."""
    sort_mail(mail=InboundMail.objects.get(pk=mail_id), at=dates.now())


@job("delivery.empty_mailbox")
def empty_the_mailbox(context: JobContext) -> None:
    """Takes new mail out of the configured mailbox, if there is one."""
    mailbox = configured_mailbox()
    if mailbox is not None:
        context.progress(empty_mailbox(mailbox))


@job("delivery.doctor")
def doctor(context: JobContext) -> None:
    """Checks the mail set-up and keeps what it found."""
    context.progress(run_doctor(at=dates.now()).problems)


@job("delivery.process_event")
def process_stored_event(context: JobContext, event_id: int) -> None:
    """Applies one provider event."""
    process_event(event=ProviderEvent.objects.get(pk=event_id), at=dates.now())


@job("delivery.repeat_uncertain")
def repeat(context: JobContext) -> None:
    """Governance notices that nobody knows about are sent once more under their Message-ID."""
    now = dates.now()
    actor = Actor.process("repeat_uncertain")
    context.progress(repeat_uncertain(before=now - REPEAT_AFTER, at=now, actor=actor))


@job("delivery.expire")
def expire(context: JobContext) -> None:
    """Deletes inbound mail after 90 days, provider events and outbox copies after 30; takes the
    person out of deliveries after 24 months, and their links after three years."""
    now = dates.now()
    done, _rows = InboundMail.objects.filter(received_at__lt=now - KEEP_INBOUND).delete()
    for model, moment in ((ProviderEvent, "received_at"), (OutboxMessage, "created_at")):
        old = model.objects.filter(**{f"{moment}__lt": now - KEEP_EVENTS})  # type: ignore[attr-defined]
        done += old.delete()[0]
    context.progress(done + forget_old(now=now))
