from backoffice.delivery.services.queue import queue_message
from backoffice.delivery.services.suppression import (
    address_hash,
    is_suppressed,
    suppress,
    suppress_hash,
    suppressed_hashes,
    suppressed_scopes,
)

__all__ = [
    "address_hash",
    "is_suppressed",
    "queue_message",
    "suppress",
    "suppress_hash",
    "suppressed_hashes",
    "suppressed_scopes",
]
