"""What caching saved: what the same tokens would have cost without a cache, less what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from tokenlake_collector.prices.book import PriceBook

PRICED_BY = ("provider", "endpoint_name", "model", "request_model")
"""What a price depends on, beside the time and the size of a call."""

_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens", "reasoning_tokens")
_CACHED = ("cache_read_tokens", "cache_creation_tokens")


def cache_savings(rows: Iterable[Mapping[str, Any]], moment: datetime, book: PriceBook) -> dict[str, float]:
    """Return `saved_cost` in USD, and the `priced_cache_read_tokens` that it is about.

    It is negative where more was paid for writing to caches than reading from them saved. `rows` are sums by
    `PRICED_BY`, so this is an estimate: at the prices of `moment` (naive UTC), at the lowest tier where a
    price depends on a call's size, and for cache writes of the ordinary lifetime.
    """
    cached = [row for row in rows if any(row[name] for name in _CACHED)]
    # As a metric point is priced: a sum of calls whose sizes are unknown.
    summed = [
        {name: row[name] for name in (*PRICED_BY, *_TOKENS)} | {"timestamp": moment, "signal": "metric"}
        for row in cached
    ]
    paid = _costs(summed, book)
    without = _costs([row | dict.fromkeys(_CACHED, 0) for row in summed], book)
    priced = [i for i in range(len(cached)) if paid[i] is not None and without[i] is not None]
    return {
        "priced_cache_read_tokens": sum(cached[i]["cache_read_tokens"] for i in priced),
        "saved_cost": float(sum(without[i] - paid[i] for i in priced)),
    }


def _costs(rows: list[dict[str, Any]], book: PriceBook) -> list[Any]:
    if not rows:
        return []
    costs: list[Any] = book.compute(pa.Table.from_pylist(rows)).to_pylist()
    return costs
