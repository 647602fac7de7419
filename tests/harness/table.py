"""Put requests into a new ledger and look at what is in the table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import pyarrow as pa

from harness.captures import Request
from tokenlake_collector.account.accounting import Accounting
from tokenlake_collector.account.pricing import NoPrices
from tokenlake_collector.flatten.rows import empty_relatives
from tokenlake_collector.ingest import Accepted, Ingest
from tokenlake_collector.meters import Meters
from tokenlake_collector.prices import PriceBook
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.insert import Committed
from tokenlake_collector.storage.ledger import Ledger

Table = dict[str, list[tuple[Any, ...]]]


@cache
def prices() -> PriceBook:
    """Return the list prices; reading them takes a while."""
    return PriceBook()


def store(ledger: Ledger, *groups: Sequence[bytes]) -> None:
    """Store groups of trace requests, one transaction each; all of them must be accepted."""
    ingest = Ingest(ledger, Meters(), prices())
    for group in groups:
        for outcome in ingest.process(Signal.TRACES, group):
            assert isinstance(outcome, Accepted), outcome


def store_recorded(ledger: Ledger, requests: Sequence[Request]) -> None:
    """Store requests of all signals in their order, one transaction each."""
    ingest = Ingest(ledger, Meters(), prices())
    for request in requests:
        (outcome,) = ingest.process(request.signal, [request.payload])
        assert isinstance(outcome, Accepted), outcome


def commit(ledger: Ledger, rows: pa.Table) -> Committed:
    """Store flattened rows under the rules, in one transaction."""
    accounting = ledger.transaction(lambda connection: Accounting(connection, NoPrices(), ledger.hours))
    plan = accounting.plan(rows, empty_relatives())
    return ledger.transaction(lambda c: accounting.store(c, plan)).committed


def contents(ledger: Ledger) -> Table:
    """Return every row of both tables, ordered, so that two ledgers can be compared."""
    with ledger.cursor() as cursor:
        return {
            name: cursor.execute(f"SELECT * FROM {name} ORDER BY id").fetchall()
            for name in ("token_usage", "token_usage_uncounted")
        }


def table_after(*groups: Sequence[bytes]) -> Table:
    """Return what a new ledger holds after these groups."""
    ledger = Ledger.open(":memory:")
    try:
        store(ledger, *groups)
        return contents(ledger)
    finally:
        ledger.close()


def totals(ledger: Ledger) -> dict[str, int]:
    """Return successful calls, errors and tokens, under the names that the captures' truth uses."""
    names = ("input", "cache_read", "cache_creation", "output", "reasoning")
    sums = ", ".join(f"coalesce(sum({name}_tokens), 0)::BIGINT AS {name}_tokens" for name in names)
    with ledger.cursor() as cursor:
        cursor.execute(
            f"SELECT {sums}, count(*) - count(error_type) AS calls, count(error_type) AS errors "
            "FROM token_usage"
        )
        row = cursor.fetchall()[0]
        return dict(zip([column[0] for column in cursor.description], row, strict=True))
