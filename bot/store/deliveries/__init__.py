"""The deliveries table: the outbox."""

from bot.store.deliveries.outbox import Deliveries
from bot.store.deliveries.rows import DeliveryRecord, Owed, delivery_id

__all__ = ["Deliveries", "DeliveryRecord", "Owed", "delivery_id"]
