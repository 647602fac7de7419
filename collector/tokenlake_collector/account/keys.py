"""64-bit keys of what connects reports: traces, spans and the spans above them, provider ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.account.columns import by_combination
from tokenlake_collector.account.double_keys import COLUMNS, Sides, double_keys
from tokenlake_collector.account.seen import Keys
from tokenlake_collector.account.sources import kind
from tokenlake_collector.identity import mix

REMEMBERED = 4_000_000
"""Stored rows of each table whose keys are read at the start, the latest stored first."""

_PART = 100_000

_COLUMNS = f"trace_id::BLOB AS trace_id, response_id, request_id, dialect, scope, authority, {COLUMNS}"

_NONE = pa.scalar(0, pa.uint64())


@dataclass(frozen=True, slots=True)
class RowKeys:
    """Per report: 0 where it has none. `parent` of a log record is the span that it names.

    `kind` is the emitter's.
    """

    trace: Keys
    response: Keys
    request: Keys
    node: Keys
    parent: Keys
    report: Keys
    kind: npt.NDArray[np.int8]
    doubles: Sides


@dataclass(frozen=True, slots=True)
class KinKeys:
    """Per relative: its trace, and the span above it."""

    trace: Keys
    parent: Keys


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """What stored rows can be found by: their traces, their provider ids, and whose doubles they may be.

    `lower` are the services that have reports of a lower signal among them, `longest_ms` is the longest call.
    """

    traces: Keys
    ids: Keys
    doubles: Sides
    lower: frozenset[str]
    longest_ms: float


def row_keys(rows: pa.Table) -> RowKeys:
    """Return the keys of a batch of reports."""
    trace = _of_uuids(rows["trace_id"])
    span, parent = _of_numbers(rows["span_id"]), _of_numbers(rows["parent_span_id"])
    kinds = _kinds(rows)
    is_span = by_combination(rows, ("signal",), lambda signal: signal == "span", np.bool_)
    return RowKeys(
        trace=trace,
        response=_of_texts(rows["response_id"]),
        request=_of_texts(rows["request_id"]),
        node=np.where(is_span, _pair(trace, span), 0).astype(np.uint64),
        parent=_pair(trace, np.where(is_span, parent, span)),
        report=_of_uuids(rows["id"]),
        kind=kinds,
        doubles=double_keys(rows, kinds),
    )


def kin_keys(kin: pa.Table) -> KinKeys:
    """Return the keys of the spans without usage beside them."""
    trace = _of_uuids(kin["trace_id"])
    return KinKeys(trace, _pair(trace, _of_numbers(kin["parent_span_id"])))


def keys_of_rows(connection: duckdb.DuckDBPyConnection, source: str) -> Iterator[StoredKeys]:
    """Yield the keys of the rows that a FROM clause names, in its order, a part at a time."""
    for rows in _parts(connection, f"SELECT {_COLUMNS} FROM {source}"):
        ids = np.concatenate([_of_texts(rows["response_id"]), _of_texts(rows["request_id"])])
        longest_ms = pc.max(rows["duration_ms"]).as_py() or 0.0
        yield StoredKeys(_of_traces(rows), ids, double_keys(rows, _kinds(rows)), lower_of(rows), longest_ms)


def keys_of_kin(connection: duckdb.DuckDBPyConnection, source: str) -> Iterator[Keys]:
    """Yield the trace keys of the spans without usage that a FROM clause names, in its order."""
    for rows in _parts(connection, f"SELECT trace_id::BLOB AS trace_id FROM {source}"):
        yield _of_traces(rows)


def newest(table: str, limit: int) -> str:
    """Return a FROM clause for the rows of a table that were stored last."""
    return f"{table} WHERE rowid > (SELECT max(rowid) - {limit} FROM {table})"


def lower_of(rows: pa.Table) -> frozenset[str]:
    """Return the services of those rows that are reports of a lower signal."""
    if (pc.max(rows["authority"]).as_py() or 1) <= 1:
        return frozenset()
    lower = rows.filter(pc.greater(rows["authority"], 1))
    return frozenset(name or "" for name in lower["service_name"].unique().to_pylist())


def holds_more(connection: duckdb.DuckDBPyConnection, table: str, limit: int) -> bool:
    """Tell whether a table has, or had, more rows than `limit`."""
    ((newest,),) = connection.execute(f"SELECT max(rowid) FROM {table}").fetchall()
    return newest is not None and newest >= limit


def _parts(connection: duckdb.DuckDBPyConnection, statement: str) -> Iterator[pa.Table]:
    """Read rows a part at a time: four million texts are 300 MB at once."""
    for batch in connection.sql(statement).to_arrow_reader(_PART):
        yield pa.Table.from_batches([batch])


def _kinds(rows: pa.Table) -> npt.NDArray[np.int8]:
    return by_combination(rows, ("dialect", "scope"), kind, np.int8)


def _of_traces(rows: pa.Table) -> Keys:
    return _of_bytes(rows["trace_id"].cast(pa.binary(16)))


def _of_uuids(column: pa.ChunkedArray) -> Keys:
    return _of_bytes(pa.chunked_array([chunk.storage for chunk in column.chunks], pa.binary(16)))


def _of_bytes(column: pa.ChunkedArray) -> Keys:
    """Fold 16 bytes into 8, mixed: some emitters count their ids from 1. 0 for NULL."""
    if len(column) == 0:
        return np.zeros(0, dtype=np.uint64)
    array = column.combine_chunks()
    data = np.frombuffer(array.buffers()[1], dtype=np.uint64)
    halves = data[2 * array.offset : 2 * (array.offset + len(array))].reshape(-1, 2)
    keys = mix(halves[:, 0] ^ mix(halves[:, 1]))
    return np.where(_valid(array), keys, np.uint64(0)) if array.null_count else keys


def _of_texts(column: pa.ChunkedArray) -> Keys:
    """Hash texts with Python's own hash: keys live no longer than the process. 0 for NULL."""
    if column.null_count == len(column):
        return np.zeros(len(column), dtype=np.uint64)
    hashes = np.fromiter(map(hash, column.to_pylist()), dtype=np.int64, count=len(column))
    keys = hashes.view(np.uint64)
    return np.where(_valid(column), keys, np.uint64(0)) if column.null_count else keys


def _of_numbers(column: pa.ChunkedArray) -> Keys:
    numbers: Keys = (column.fill_null(_NONE) if column.null_count else column).to_numpy()
    return numbers


def _pair(trace: Keys, span: Any) -> Keys:
    """Combine a trace and a span of it; 0 where either is none."""
    return np.where((trace != 0) & (span != 0), mix(trace ^ mix(span.astype(np.uint64))), np.uint64(0))


def _valid(column: Any) -> Any:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.is_valid().to_numpy(zero_copy_only=False)
