"""Background work of the sync: every hour and every night, and when staff ask for it."""

from __future__ import annotations

from django.conf import settings

from backoffice.core import dates
from backoffice.core.actor import Actor
from backoffice.core.services.jobs import JobContext, job
from contacts.sync.services.registry_sync import sync_registry
from contacts.sync.services.salesforce_sync import sync_salesforce

ACTOR = Actor.process("sync")


@job("sync.salesforce", attempts=2)
def salesforce(context: JobContext) -> None:
    """Does nothing where no Salesforce is set up."""
    if settings.ROLLCALL_SALESFORCE_DOMAIN:
        sync_salesforce(on=dates.today(), at=dates.now(), actor=ACTOR)


@job("sync.registry", attempts=2)
def registry(context: JobContext) -> None:
    """Does nothing where no registry is set up, or where it is only asked for counts."""
    if settings.ROLLCALL_REGISTRY_URL and settings.ROLLCALL_REGISTRY_SYNC:
        sync_registry(on=dates.today(), at=dates.now(), actor=ACTOR)
