"""Background work of the mailings."""

from __future__ import annotations

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services.jobs import JobContext, job
from mailings.models import Mailing
from mailings.services.sending import finish_mailings, plan_mailing

PROCESS = Actor.process("mailings")


@job("mailings.plan")
def plan(context: JobContext, mailing_id: int) -> None:
    """Plans the rows of a started mailing."""
    mailing = Mailing.objects.select_related("topic", "segment", "exclude").get(pk=mailing_id)
    plan_mailing(mailing=mailing, actor=PROCESS, at=dates.now(), progress=context.progress)


@job("mailings.finish")
def finish(context: JobContext) -> None:
    """Closes mailings of which nothing is open any more."""
    context.progress(finish_mailings(at=dates.now(), actor=PROCESS))
