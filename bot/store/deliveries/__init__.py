"""The deliveries table: the outbox."""

from bot.store.deliveries.outbox import Deliveries
from bot.store.deliveries.rows import UNSEEN, DeliveryRecord, Owed, delivery_id

__all__ = ["UNSEEN", "Deliveries", "DeliveryRecord", "Owed", "delivery_id"]
