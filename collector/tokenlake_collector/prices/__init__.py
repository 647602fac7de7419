"""What calls cost: list prices and own prices, applied to whole batches of rows."""

from tokenlake_collector.prices.book import PriceBook
from tokenlake_collector.prices.own import OwnPrices

__all__ = ["OwnPrices", "PriceBook"]
