from backoffice.delivery.services.queue import queue_message
from backoffice.delivery.services.suppression import (
    address_hash,
    is_suppressed,
    suppress,
    suppressed_hashes,
    suppressed_scopes,
)

__all__ = [
    "address_hash",
    "is_suppressed",
    "queue_message",
    "suppress",
    "suppressed_hashes",
    "suppressed_scopes",
]
