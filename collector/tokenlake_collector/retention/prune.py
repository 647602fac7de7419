"""Take out of a ledger what is older than the beginning of a day, for good."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import duckdb

from tokenlake_collector.retention.errors import RetentionError
from tokenlake_collector.storage.hours.sealing import forget_sums
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.sql import query, run

_DAY = timedelta(days=1)


def day_start(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return when the day that holds `moment` (naive UTC) began in a zone, as naive UTC."""
    local = moment.replace(tzinfo=UTC).astimezone(zone)
    return datetime.combine(local.date(), time.min, zone).astimezone(UTC).replace(tzinfo=None)


def to_prune(connection: duckdb.DuckDBPyConnection, before: datetime) -> dict[str, int]:
    """Return the rows of each table that are older than `before` (naive UTC, exclusive)."""
    days = query(connection, __package__, "rows_to_prune", {"before": before})
    tables = ("token_usage", "token_usage_uncounted", "trace_spans")
    return {table: sum(day[table] for day in days) for table in tables}


def prune(ledger: Ledger, before: datetime) -> dict[str, int]:
    """Delete what is older than `before`, and keep it out when it is sent again; return the rows by table.

    A day is a transaction of its own: what is received meanwhile waits for one day, not for all.

    Args:
        ledger: the open ledger.
        before: naive UTC, exclusive; not in the future, or nothing could be stored until then.

    Raises:
        RetentionError: `before` is in the future.
        CommitFailed: a transaction failed; the days before it are deleted.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    if before > now:
        raise RetentionError(f"--before {before} UTC is in the future: name a day until today")
    with ledger.cursor() as cursor:
        days = query(cursor, __package__, "rows_to_prune", {"before": before})
    deleted: Counter[str] = Counter()
    for day in days:
        end = datetime.combine(day.pop("day"), time.min) + _DAY
        _delete(ledger, min(end, before))
        deleted.update(day)
    _delete(ledger, before)
    return dict(deleted)


def _delete(ledger: Ledger, before: datetime) -> None:
    # Beside, because sums are made there, one transaction at a time: a sum of rows that are being deleted
    # would bring them back. All is done at its beginning, while nothing else is written.
    ledger.beside(partial(_deleted, ledger, before), lambda _connection, _begun: None)


def _deleted(ledger: Ledger, before: datetime, connection: duckdb.DuckDBPyConnection) -> None:
    ledger.boundary.advance(connection, before)
    run(connection, "prune_rows", {"before": before}, __package__)
    if before.minute:
        # In a zone that is not full hours from UTC, the hour in which a day begins has rows of two days.
        forget_sums(connection)
