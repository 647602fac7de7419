"""What other collectors stored since this one looked last, as far as it can give company to a batch."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from tokenlake_collector.account.gate import Gate
from tokenlake_collector.account.keys import REMEMBERED, StoredKeys, keys_of_kin, keys_of_rows, newest
from tokenlake_collector.account.seen import Few, Keys
from tokenlake_collector.storage.changes import Changes

REPORTS = ("token_usage", "token_usage_uncounted")
KIN = "trace_spans"

_WRITTEN = "ducklake_table_insertions(current_database(), current_schema(), '{table}', {first}, {last})"


@dataclass(slots=True)
class News:
    """The keys of what others stored, and a gate that knows nothing else."""

    reports: list[StoredKeys] = field(default_factory=list)
    kin: list[Keys] = field(default_factory=list)
    gate: Gate = field(default_factory=lambda: Gate(Few))


def read_news(connection: duckdb.DuckDBPyConnection, changes: Changes) -> News:
    """Read what was written within some snapshots; rows that were decided anew are among it."""
    news = News()
    for table in filter(changes.touch, REPORTS):
        news.reports += keys_of_rows(connection, _written(table, changes))
    if changes.touch(KIN):
        news.kin += keys_of_kin(connection, _written(KIN, changes))
    for keys in news.reports:
        news.gate.add_stored(keys)
    for traces in news.kin:
        news.gate.add_kin(traces)
    return news


def _written(table: str, changes: Changes) -> str:
    if changes.tables is None:
        # DuckLake has forgotten these snapshots: whatever is remembered may be new.
        return newest(table, REMEMBERED)
    return _WRITTEN.format(table=table, first=changes.first, last=changes.last)
