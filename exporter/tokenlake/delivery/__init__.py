"""From ended spans to an acknowledgement: a queue, a spool for outages, and a count of every loss."""

from tokenlake.delivery.processor import delivery_processor
from tokenlake.delivery.settings import SpoolSettings
from tokenlake.delivery.statistics import DeliveryStatistics, delivery_statistics

__all__ = ["DeliveryStatistics", "SpoolSettings", "delivery_processor", "delivery_statistics"]
