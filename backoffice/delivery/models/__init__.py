from backoffice.delivery.models.deliveries import Delivery, LaneState, OutboxMessage
from backoffice.delivery.models.events import AddressScore, DoctorRun, InboundMail, ProviderEvent
from backoffice.delivery.models.suppression import Permit, Suppression

__all__ = [
    "AddressScore",
    "Delivery",
    "DoctorRun",
    "InboundMail",
    "LaneState",
    "OutboxMessage",
    "Permit",
    "ProviderEvent",
    "Suppression",
]
