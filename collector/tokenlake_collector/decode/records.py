"""Decoded export requests as flat columns: one row per span or log record, one per attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import DecodeError

from tokenlake_collector.decode.schema import ROOTS, handler, pair_handler
from tokenlake_collector.decode.wire import refuse_absurd_lengths
from tokenlake_collector.errors import BadRequest
from tokenlake_collector.signals import Signal

Index: TypeAlias = npt.NDArray[np.int64]

LEVELS: dict[Signal, tuple[str, str, str]] = {
    Signal.TRACES: ("resource_spans", "scope_spans", "spans"),
    Signal.LOGS: ("resource_logs", "scope_logs", "log_records"),
    Signal.METRICS: ("resource_metrics", "scope_metrics", "metrics"),
}

_KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
_ATTRIBUTES = pa.list_(pa.binary())


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes of many owners; each distinct pair of key and value stands once in `keys` and `values`.

    `owner[i]` is the row that attribute `i` belongs to, and `pair[i]` the pair that it is.
    """

    owner: Index
    pair: Index
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
    attributes: Attributes
    resource_attributes: Attributes

    def __len__(self) -> int:
        return len(self.fields)


def decode(signal: Signal, payloads: Sequence[bytes]) -> Records:
    """Decode export requests (protobuf bytes) together.

    Raises:
        BadRequest: at least one payload is not a request of this signal. Which one is not known: decode
            them singly to find out.
    """
    with _refusing(f"{signal} export request"):
        for payload in payloads:
            refuse_absurd_lengths(ROOTS[signal], payload)
        batch = handler(signal).list_to_record_batch(list(payloads))
    outer, middle, inner = LEVELS[signal]
    resources, request = _explode(batch.column(outer))
    scopes, resource = _explode(resources.field(middle))
    fields, scope = _explode(scopes.field(inner))
    if signal is Signal.METRICS:
        _check_points(fields)
    return Records(
        fields=fields,
        request=request[resource[scope]],
        resource=resource[scope],
        scope=scope,
        scopes=scopes.field("scope"),
        attributes=read_attributes(fields),
        resource_attributes=read_attributes(resources.field("resource")),
    )


def read_attributes(messages: pa.StructArray) -> Attributes:
    """Decode the attributes of some messages; a metric has none of its own, only its points have.

    Raises:
        BadRequest: one of them is not an attribute.
    """
    if messages.type.get_field_index("attributes") < 0:
        messages = pa.StructArray.from_arrays([pa.nulls(len(messages), _ATTRIBUTES)], ["attributes"])
    sent, owner = _explode(messages.field("attributes"))
    encoded = sent.dictionary_encode()
    with _refusing("attribute"):
        pairs = pair_handler().array_to_record_batch(encoded.dictionary)
    pair = encoded.indices.to_numpy().astype(np.int64)
    return Attributes(owner, pair, pairs.column("key"), pairs.column("value"), len(messages))


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Turn what ptars says of malformed bytes into BadRequest."""
    try:
        yield
    except (ValueError, DecodeError) as error:
        raise BadRequest(f"not an OTLP {what} in protobuf: {error}") from error
    except BaseException as error:
        # A Rust panic is no Exception in Python.
        if type(error).__name__ != "PanicException":
            raise
        raise BadRequest(f"not an OTLP {what} in protobuf: its decoder gave up") from error


def _check_points(metrics: pa.StructArray) -> None:
    """Refuse malformed attributes of points now: few points are of use, and only these are read later."""
    for kind in _KINDS:
        read_attributes(metrics.field(kind).field("data_points").flatten())


def count_points(metrics: Records, requests: int) -> npt.NDArray[np.int64]:
    """Count the data points of each of `requests` metrics requests."""
    points: npt.NDArray[np.int64] = np.zeros(len(metrics), dtype=np.int64)
    for kind in _KINDS:
        lengths = pc.list_value_length(metrics.fields.field(kind).field("data_points"))
        points += lengths.to_numpy(zero_copy_only=False)
    return np.bincount(metrics.request, weights=points, minlength=requests).astype(np.int64)


def _explode(lists: Any) -> tuple[Any, Index]:
    """Return a list column's items and, per item, the row of the list that holds it."""
    return lists.flatten(), pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
