"""The rows of a SQLite `token_usage` with the first sixteen columns, as trackers in applications have."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pyarrow as pa

from tokenlake_collector.transfer.errors import TransferError
from tokenlake_collector.transfer.messages import Problem
from tokenlake_collector.transfer.rows import BATCH_ROWS, COUNTED, Batch

_TEXTS = (
    *("session_id", "endpoint_name", "model", "operation_type", "operation_detail", "channel", "user_id"),
)
_COUNTS = (
    *("input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens", "context_tokens"),
    "iteration",
)
_COLUMNS = ("id", "timestamp", *_TEXTS, *_COUNTS, "estimated_cost")
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("timestamp", pa.timestamp("us")),
        *((name, pa.string()) for name in _TEXTS),
        *((name, pa.int64()) for name in _COUNTS),
        ("estimated_cost", pa.float64()),
        ("reported_cost", pa.float64()),
    ]
)

_NAMESPACE = UUID("2f602e01-03b0-528e-aaff-c6e76cd669a9")
"""Of the ids that rows get here: the same row always gets the same."""

_SECONDS_UNTIL = 100_000_000_000
"""A number is seconds since 1970 below it (the year 5138), milliseconds from there on (1973)."""


def sqlite_batches(path: Path, zone: ZoneInfo) -> Iterator[Batch | Problem]:
    """Yield the rows of a file in the order of their times; one that makes no sense is a problem.

    Args:
        path: the SQLite file, which is only read.
        zone: of times that have no offset.

    Raises:
        TransferError: the file cannot be read, or has no such table.
    """
    try:
        # Not `immutable`: what its own application has not checkpointed yet belongs to it.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(_select(connection, path))
            while part := rows.fetchmany(BATCH_ROWS):
                yield from _read(path, part, zone)
    except sqlite3.Error as error:
        raise TransferError(f"{path}: cannot be read ({error}): give a sound SQLite file") from error


def _select(connection: sqlite3.Connection, path: Path) -> str:
    present = {row[1] for row in connection.execute("PRAGMA table_info(token_usage)")}
    if not {"id", "timestamp"} <= present:
        raise TransferError(f"{path}: has no table token_usage with columns id and timestamp")
    columns = ", ".join(name if name in present else f"NULL AS {name}" for name in _COLUMNS)
    return f"SELECT {columns} FROM token_usage ORDER BY timestamp, id"


def _read(path: Path, part: Sequence[tuple[Any, ...]], zone: ZoneInfo) -> Iterator[Batch | Problem]:
    rows = []
    for values in part:
        row = dict(zip(_COLUMNS, values, strict=True))
        try:
            rows.append(_row(row, zone))
        except (ValueError, TypeError, OverflowError) as error:
            yield Problem(f"{path}: id {row['id']}", str(error))
    if rows:
        yield Batch(COUNTED, pa.Table.from_pylist(rows, _SCHEMA))


def _row(row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """Return a row of ours. 0 was the default of costs there: it says nothing of what the call cost."""
    cost = float(row["estimated_cost"] or 0) or None
    return {
        "id": _id(row),
        "timestamp": _moment(row["timestamp"], zone),
        **{name: None if row[name] is None else str(row[name]) for name in _TEXTS},
        **{name: int(row[name] or 0) for name in _COUNTS},
        "estimated_cost": cost,
        "reported_cost": cost,
    }


def _id(row: Mapping[str, Any]) -> str:
    """Keep an id that is a UUID already; else derive one from all values, the id among them."""
    try:
        return str(UUID(str(row["id"])))
    except ValueError:
        return str(uuid5(_NAMESPACE, "\x1f".join(repr(row[name]) for name in _COLUMNS)))


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    """Return a time as naive UTC: ISO 8601 text, or a number of seconds or milliseconds since 1970."""
    if isinstance(value, int | float):
        seconds = value if abs(value) < _SECONDS_UNTIL else value / 1000
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    if not isinstance(value, str):
        raise TypeError(f"timestamp {value!r} is no time")
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)
