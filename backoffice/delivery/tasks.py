"""Background work of the mail engine besides the loop itself."""

from __future__ import annotations

from datetime import timedelta

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services.jobs import JobContext, job
from backoffice.delivery.models import InboundMail, ProviderEvent
from backoffice.delivery.services.handling import repeat_uncertain
from backoffice.delivery.services.inbound import sort_mail
from backoffice.delivery.services.mail_check import run_doctor
from backoffice.delivery.services.mailbox import configured_mailbox, empty_mailbox
from backoffice.delivery.services.webhooks import process_event

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
