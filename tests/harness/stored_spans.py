"""What a ledger file holds beside what was acknowledged."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from harness.known_traffic import Batch, Truth, truth_of
from tokenlake_collector.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Difference:
    """What is wrong with a ledger: reports that are missing, there twice, or never sent; and its totals."""

    lost: int
    duplicated: int
    unknown: int
    stored: Truth


def nothing_wrong(batches: Iterable[Batch]) -> Difference:
    """Return the difference that a ledger must have after these batches."""
    return Difference(0, 0, 0, truth_of(batches))


def difference(db: Path, batches: Iterable[Batch]) -> Difference:
    """Open a ledger as the next collector would, and compare it with what was acknowledged."""
    with _reading(db) as cursor:
        stored, truth = Counter(_span_ids(cursor)), _totals(cursor)
    expected = {number for batch in batches for number in batch.reports}
    return Difference(
        lost=len(expected - stored.keys()),
        duplicated=sum(count - 1 for count in stored.values()),
        unknown=len(stored.keys() - expected),
        stored=truth,
    )


def totals(db: Path) -> Truth:
    """Open a ledger as the next collector would, and return what it holds."""
    with _reading(db) as cursor:
        return _totals(cursor)


@contextlib.contextmanager
def _reading(db: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    ledger = Ledger.open(db)
    try:
        with ledger.cursor() as cursor:
            yield cursor
    finally:
        ledger.close()


def _span_ids(cursor: duckdb.DuckDBPyConnection) -> list[int]:
    cursor.execute("SELECT span_id FROM token_usage UNION ALL SELECT span_id FROM token_usage_uncounted")
    ids: list[int] = cursor.fetchnumpy()["span_id"].tolist()
    return ids


def _totals(cursor: duckdb.DuckDBPyConnection) -> Truth:
    cursor.execute(
        "SELECT count(*), (SELECT count(*) FROM token_usage_uncounted), "
        "coalesce(sum(input_tokens), 0)::BIGINT, coalesce(sum(output_tokens), 0)::BIGINT FROM token_usage"
    )
    return Truth(*cursor.fetchall()[0])
