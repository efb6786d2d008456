"""A small roll with symbols, and a Salesforce of our own on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backoffice.core import dates
from backoffice.core.actor import Actor
from contacts.models import Contact, Identifier, Organisation
from contacts.sync.models import SyncRun
from contacts.sync.services.salesforce_sync import sync_salesforce
from contacts.sync.standins.salesforce import SalesforceStandin
from contacts.sync.standins.server import serving
from tests.factories import roll

STAFF = Actor.process("test")


@pytest.fixture
def there(settings) -> Iterator[SalesforceStandin]:
    standin = SalesforceStandin()
    with serving(standin) as url:
        settings.ROLLCALL_SALESFORCE_STANDIN = url
        settings.ROLLCALL_SALESFORCE_DOMAIN = "standin.my"
        settings.ROLLCALL_SALESFORCE_KEY, settings.ROLLCALL_SALESFORCE_SECRET = "key", "secret"
        yield standin


@pytest.fixture
def house(db) -> tuple[Organisation, Organisation, Contact]:
    """A consortium with one member; one person serves both."""
    roll.agency()
    lead = roll.member("Nordic Consortium", kind="consortium")
    below = roll.member("Quarry Library", kind="consortium_organization", lead=lead)
    for organisation, symbol in ((lead, "NORDCO"), (below, "QRSLIB")):
        Identifier.objects.create(organisation=organisation, kind="symbol", value=symbol)
    amara = roll.person("amara@quarry.example.org", "Amara", "Okoro")
    roll.duty(lead, amara, "voting")
    roll.duty(below, amara, "technical")
    return lead, below, amara


def run() -> SyncRun:
    return sync_salesforce(on=dates.today(), at=dates.now(), actor=STAFF)
