from backoffice.delivery.models.deliveries import Delivery, LaneState, OutboxMessage
from backoffice.delivery.models.events import AddressScore, InboundMail, ProviderEvent
from backoffice.delivery.models.suppression import Suppression

__all__ = [
    "AddressScore",
    "Delivery",
    "InboundMail",
    "LaneState",
    "OutboxMessage",
    "ProviderEvent",
    "Suppression",
]
