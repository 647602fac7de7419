"""Decoded export requests as flat columns: one row per span or log record, one per attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.schema import handler
from tokenlake_collector.errors import BadRequest
from tokenlake_collector.signals import Signal

Index: TypeAlias = npt.NDArray[np.int64]

LEVELS: dict[Signal, tuple[str, str, str]] = {
    Signal.TRACES: ("resource_spans", "scope_spans", "spans"),
    Signal.LOGS: ("resource_logs", "scope_logs", "log_records"),
    Signal.METRICS: ("resource_metrics", "scope_metrics", "metrics"),
}


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes of many owners: `owner[i]` is the row that `keys[i]` and `values[i]` belong to."""

    owner: Index
    keys: pa.StringArray
    values: pa.StructArray
    owners: int


@dataclass(frozen=True, slots=True)
class Records:
    """Spans, log records or metrics of several requests, with where each came from.

    `request`, `resource` and `scope` hold, per record, the row of its request in the list that was decoded,
    of its resource in `resource_attributes` and of its scope in `scopes`.
    """

    fields: pa.StructArray
    request: Index
    resource: Index
    scope: Index
    scopes: pa.StructArray
    resource_attributes: Attributes

    def __len__(self) -> int:
        return len(self.fields)

    @property
    def attributes(self) -> Attributes:
        """The records' own attributes."""
        return _attributes(self.fields)

    def per_request(self, requests: int) -> npt.NDArray[np.int64]:
        """Count the records of each of `requests` requests."""
        return np.bincount(self.request, minlength=requests)


def decode(signal: Signal, payloads: Sequence[bytes]) -> Records:
    """Decode export requests (protobuf bytes) together.

    Raises:
        BadRequest: at least one payload is not a request of this signal. Which one is not known: decode
            them singly to find out.
    """
    batch = _record_batch(signal, payloads)
    outer, middle, inner = LEVELS[signal]
    resources, request = _explode(batch.column(outer))
    scopes, resource = _explode(resources.field(middle))
    fields, scope = _explode(scopes.field(inner))
    return Records(
        fields=fields,
        request=request[resource[scope]],
        resource=resource[scope],
        scope=scope,
        scopes=scopes.field("scope"),
        resource_attributes=_attributes(resources.field("resource")),
    )


def _record_batch(signal: Signal, payloads: Sequence[bytes]) -> pa.RecordBatch:
    try:
        return handler(signal).list_to_record_batch(list(payloads))
    except ValueError as error:
        raise BadRequest(f"not an OTLP {signal} export request in protobuf: {error}") from error
    except BaseException as error:
        # A length near 2**64 makes ptars panic, and a Rust panic is no Exception in Python.
        if type(error).__name__ != "PanicException":
            raise
        raise BadRequest(f"not an OTLP {signal} export request in protobuf: a length is absurd") from error


def count_points(metrics: Records, requests: int) -> npt.NDArray[np.int64]:
    """Count the data points of each of `requests` metrics requests."""
    points: npt.NDArray[np.int64] = np.zeros(len(metrics), dtype=np.int64)
    for kind in ("gauge", "sum", "histogram", "exponential_histogram", "summary"):
        lengths = pc.list_value_length(metrics.fields.field(kind).field("data_points"))
        points += lengths.to_numpy(zero_copy_only=False)
    return np.bincount(metrics.request, weights=points, minlength=requests).astype(np.int64)


def _explode(lists: Any) -> tuple[Any, Index]:
    """Return a list column's items and, per item, the row of the list that holds it."""
    return lists.flatten(), pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)


def _attributes(messages: pa.StructArray) -> Attributes:
    pairs, owner = _explode(messages.field("attributes"))
    return Attributes(owner, pairs.field("key"), pairs.field("value"), len(messages))
