"""What the counting rules cost for ordinary traffic: the same batches stored with and without them, in turns.

    make bench

A batch is 512 leaf spans of an ordinary instrumentation, decoded and flattened beforehand. Without rules it
is inserted under the duplicate check alone; with rules its relatives are looked for, and what the next batch
needs is remembered; at last with computed costs too.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import stages

from tokenlake_collector.account.accounting import Accounting
from tokenlake_collector.account.columns import with_authority
from tokenlake_collector.account.pricing import NoPrices, Prices
from tokenlake_collector.account.settle import settled
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.spans import FlatSpans, flatten_spans
from tokenlake_collector.prices import PriceBook
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.insert import insert_lone
from tokenlake_collector.storage.ledger import Ledger

ROUNDS = 60
TARGET = 1.4


def batch(number: int) -> FlatSpans:
    """Return 512 flattened spans with ids of their own."""
    return flatten_spans(decode(Signal.TRACES, [stages.request(number)]), 1)


def milliseconds(work: Callable[[], object]) -> float:
    """Return the time that some work took."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1e3


def plain(rows: pa.Table) -> pa.Table:
    """Return rows as the table takes them, without any rule."""
    return settled(with_authority(rows))


class Ruled:
    """A ledger whose batches go through the rules, with or without computed costs."""

    def __init__(self, path: Path, prices: Prices) -> None:
        """Open a new ledger."""
        self.ledger = Ledger.open(path)
        hours = self.ledger.hours
        self.accounting = self.ledger.transaction(lambda connection: Accounting(connection, prices, hours))

    def store(self, flat: FlatSpans) -> None:
        """Store a batch as the collector does."""
        plan = self.accounting.plan(flat.rows, flat.relatives)
        self.ledger.transaction(lambda c: self.accounting.store(c, plan))


def main() -> None:
    """Store batches in turns into three files and print the medians and their ratios."""
    batches = [batch(number) for number in range(ROUNDS)]
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        bare = Ledger.open(Path(folder) / "bare.duckdb")
        ruled = Ruled(Path(folder) / "ruled.duckdb", NoPrices())
        priced = Ruled(Path(folder) / "priced.duckdb", PriceBook())
        stores: dict[str, Callable[[FlatSpans], object]] = {
            "without rules": lambda flat: bare.transaction(
                lambda connection: insert_lone(connection, plain(flat.rows), bare.hours)
            ),
            "with rules": ruled.store,
            "rules and prices": priced.store,
        }
        for flat in batches:
            for name, store in stores.items():
                times.setdefault(name, []).append(milliseconds(partial(store, flat)))
        for ledger in (bare, ruled.ledger, priced.ledger):
            ledger.close()
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, median in medians.items():
        print(f"{name:18}{median:8.2f} ms a batch {median / medians['without rules']:8.2f}")
    print(f"rules: at most {TARGET}")


if __name__ == "__main__":
    main()
