from backoffice.delivery.models.deliveries import Delivery, LaneState, OutboxMessage
from backoffice.delivery.models.events import AddressScore, DoctorRun, InboundMail, ProviderEvent
from backoffice.delivery.models.ledger_key import LedgerKey
from backoffice.delivery.models.suppression import Permit, Suppression

__all__ = [
    "AddressScore",
    "Delivery",
    "DoctorRun",
    "InboundMail",
    "LaneState",
    "LedgerKey",
    "OutboxMessage",
    "Permit",
    "ProviderEvent",
    "Suppression",
]
