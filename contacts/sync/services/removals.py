"""Whether a removed person is gone over there: asked of Salesforce itself, by hashes only."""

from __future__ import annotations

from datetime import date

from backoffice.core.addresses import normalise_address
from backoffice.core.errors import BadInput, NotConfigured
from backoffice.delivery.ledger_key import hash_of_normal
from contacts.sync.services.salesforce_sync import connected


def salesforce_adapter(reference: str, hashes: frozenset[str], on: date) -> str:
    """Evidence that no contact over there has one of the addresses; empty while one has, and where
    no Salesforce is set up, so that a person sees to it.

    Raises: RollcallError when the other side cannot be asked.
    """
    if not hashes:
        return ""
    count = 0
    try:
        with connected() as link:
            for address in link.addresses():
                count += 1
                if _hash(address) in hashes:
                    return ""
    except NotConfigured:
        return ""
    return f"in none of {count} contacts of Salesforce on {on}"


def _hash(address: str) -> str:
    try:
        return hash_of_normal(normalise_address(address))
    except BadInput:
        return ""
