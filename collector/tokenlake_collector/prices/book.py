"""The price book: rows in, USD per row out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from tokenlake_collector.prices.call import Call
from tokenlake_collector.prices.calls import Calls
from tokenlake_collector.prices.costs import costs_of
from tokenlake_collector.prices.counts import Index
from tokenlake_collector.prices.own import OwnPrices
from tokenlake_collector.prices.rates import Level
from tokenlake_collector.prices.tariff import Tariff

if TYPE_CHECKING:
    from tokenlake_collector.prices.lookup import Quote

# Names come from outside, so what is remembered of them is bounded. An installation has tens of models.
_REMEMBERED = 4096


class PriceBook:
    """List prices, and own prices that beat them."""

    def __init__(self, own: OwnPrices | None = None) -> None:
        from tokenlake_collector.prices.lookup import Lookup  # noqa: PLC0415 - reads the list, 0.25 s

        self._own = own or OwnPrices()
        self._lookup = Lookup
        self._tariff: Callable[[Call], Tariff | None] = lru_cache(_REMEMBERED)(self._look_up)

    def compute(self, rows: pa.Table) -> pa.Array:
        """Return the cost of each row in USD (float64), to the last digit that a double holds.

        Reads the columns provider, endpoint_name, model, request_model, timestamp, attributes, signal and the
        token counts of token_usage; input and output are inclusive. NULL is unknown: a model without a price
        at that time, counts that contradict each other, or no tokens at all (a failed call without usage).
        0 is a model that is free of charge.
        """
        calls = Calls.read(rows)
        levels, level_of = self._levels(calls)
        return pa.array(costs_of(calls.counts, levels, level_of), pa.float64(), from_pandas=True)

    def quote(self, call: Call, moment: datetime) -> Quote | None:
        """Return the prices of a call at a moment (with a zone), None where they are unknown."""
        return self._lookup.of(call, self._own).quote(moment)

    def _levels(self, calls: Calls) -> tuple[list[Level], Index]:
        """Return the price levels that occur, and the number of each call's: -1 where it is unknown."""
        levels: list[Level] = []
        level_of = np.full(len(calls.timestamps), -1)
        for call, members in calls.groups():
            tariff = self._tariff(call)
            if tariff is not None:
                for rates, chosen in tariff.split(calls.timestamps[members]):
                    part = members[chosen]
                    level_of[part] = len(levels) + np.searchsorted(rates.starts, calls.counts.size[part])
                    levels += rates.levels
        return levels, level_of

    def _look_up(self, call: Call) -> Tariff | None:
        return self._lookup.of(call, self._own).tariff()
