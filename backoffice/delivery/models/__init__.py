from backoffice.delivery.models.deliveries import Delivery, LaneState, OutboxMessage
from backoffice.delivery.models.suppression import Suppression

__all__ = ["Delivery", "LaneState", "OutboxMessage", "Suppression"]
