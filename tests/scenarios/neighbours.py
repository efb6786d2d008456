"""Salesforce and the registry as they stand beside a scenario, both on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from backoffice.core import dates
from contacts.models import ImportRow
from contacts.sync.models import SyncRun
from contacts.sync.services.registry_sync import sync_registry
from contacts.sync.services.salesforce_sync import sync_salesforce
from contacts.sync.standins.registry import RegistryStandin, contact, provider
from contacts.sync.standins.salesforce import SalesforceStandin
from contacts.sync.standins.server import serving
from tests.factories import roll


@dataclass
class Neighbours:
    salesforce: SalesforceStandin
    registry: RegistryStandin

    def send(self) -> SyncRun:
        """What changed here goes to Salesforce."""
        return sync_salesforce(on=dates.today(), at=dates.now(), actor=roll.STAFF)

    def take_in(self) -> list[ImportRow]:
        """What the registry knows comes in; the rows of its people that were refused."""
        _run, taken = sync_registry(on=dates.today(), at=dates.now(), actor=roll.STAFF)
        people = next(found for found in taken if found.kind == "fabrica-contacts")
        return list(ImportRow.objects.filter(run=people.import_id, outcome="rejected"))

    def known_there(self, address: str) -> list[dict]:
        return [row for row in self.salesforce.rows["Contact"].values() if row["Email"] == address]


@contextmanager
def neighbours(settings, *, address: str, given: str, family: str) -> Iterator[Neighbours]:
    """Two systems of which the registry still names the person as billing contact of QUARRY."""
    registry = RegistryStandin("office", "secret")
    registry.entries["/providers"].append(provider("QUARRY", "Quarry University"))
    registry.entries["/contacts"].append(
        contact("quarry-billing", "QUARRY", address, given, family, ("billing",))
    )
    salesforce = SalesforceStandin()
    with serving(registry) as there, serving(salesforce) as crm:
        settings.ROLLCALL_REGISTRY_URL = there
        settings.ROLLCALL_REGISTRY_USER, settings.ROLLCALL_REGISTRY_PASSWORD = "office", "secret"
        settings.ROLLCALL_SALESFORCE_STANDIN = crm
        settings.ROLLCALL_SALESFORCE_DOMAIN = "standin.my"
        settings.ROLLCALL_SALESFORCE_KEY, settings.ROLLCALL_SALESFORCE_SECRET = "key", "secret"
        yield Neighbours(salesforce, registry)
