"""Background work of the privacy desk."""

from __future__ import annotations

from datetime import timedelta

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.models import JobRun
from backoffice.core.services.jobs import JobContext, job
from backoffice.delivery.models import Delivery, OutboxMessage
from contacts.privacy.enums import CaseState
from contacts.privacy.models import PrivacyCase
from contacts.privacy.services.answer import make_certificate
from contacts.privacy.services.erase import erase_rows
from contacts.privacy.services.execution import execute_case

ADDRESS_KEPT_DAYS = 30


@job("privacy.certificate")
def certificate(context: JobContext, case_id: int) -> None:
    make_certificate(case_id=case_id, on=dates.today(), actor=Actor.process("certificate"))


@job("privacy.execute")
def execute(context: JobContext, case_id: int) -> None:
    """Executes an approved plan as the person who pressed the button; goes on where it stopped."""
    asked = JobRun.objects.get(pk=context.run_id).requested_by
    actor = Actor.user(asked) if asked else Actor.process("privacy")
    execute_case(case=PrivacyCase.objects.get(pk=case_id), on=dates.today(), actor=actor)


@job("privacy.expire")
def expire(context: JobContext) -> None:
    """Raw texts after 90 days; addresses of closed cases and the answers' own rows after 30."""
    today = dates.today()
    PrivacyCase.objects.filter(raw_text_until__lte=today).update(raw_text="", raw_text_until=None)
    over = PrivacyCase.objects.filter(
        state=CaseState.CLOSED,
        closed_at__lt=dates.now() - timedelta(days=ADDRESS_KEPT_DAYS),
        address__isnull=False,
    )
    for case in over:
        sent = Delivery.objects.filter(about=f"privacy.privacycase:{case.pk}")
        copies = OutboxMessage.objects.filter(delivery__in=sent)
        erase_rows("delivery.OutboxMessage", list(copies.values_list("pk", flat=True)))
        erase_rows("delivery.Delivery", list(sent.values_list("pk", flat=True)))
        PrivacyCase.objects.filter(pk=case.pk).update(address=None)
