"""Spans to rows of token_usage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.records import Index, Records
from tokenlake_collector.dialects.slots import slots
from tokenlake_collector.dialects.tables import Place, Role, providers
from tokenlake_collector.flatten.extras import read_extras
from tokenlake_collector.flatten.ids import fixed, uuids, valid_ids, words
from tokenlake_collector.flatten.kinds import Names, read_dialects, read_operations, read_roles
from tokenlake_collector.flatten.rows import ROW_SCHEMA, empty_rows
from tokenlake_collector.flatten.scatter import Scattered, scatter
from tokenlake_collector.flatten.usage import Usage, read_usage
from tokenlake_collector.flatten.values import Mask
from tokenlake_collector.identity import ids_of_spans

_STATUS_ERROR = 2
_UNKNOWN_ERROR = "_OTHER"
"""What error.type says of a failure without a class of its own (OTel's registry)."""

BAD_ID = "a span needs a trace id of 16 bytes and a span id of 8 bytes, neither all zero"


@dataclass(frozen=True, slots=True)
class FlatSpans:
    """Rows for the table, and how many spans of each request were refused for their ids."""

    rows: pa.Table
    refused: npt.NDArray[np.int64]


def flatten_spans(records: Records, requests: int) -> FlatSpans:
    """Turn the spans of `requests` requests into rows: model calls, failed ones, and those without usage.

    Spans that are no model call give no row. A span with an id of the wrong length is refused alone.
    """
    if len(records) == 0:
        return FlatSpans(empty_rows(), np.zeros(requests, dtype=np.int64))
    identified = valid_ids(records.fields.field("trace_id"), 16) & valid_ids(
        records.fields.field("span_id"), 8
    )
    refused = np.bincount(records.request[~identified], minlength=requests)
    scattered = scatter(records.attributes, slots(Place.SPAN))
    usage, roles = read_usage(scattered), read_roles(scattered)
    chosen = np.flatnonzero(identified & (usage.reported | (roles == Role.LEAF)))
    if len(chosen) == 0:
        return FlatSpans(empty_rows(), refused)
    return FlatSpans(_Rows(records, scattered, usage, roles, chosen).table(), refused)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The chosen spans of a batch, and how each column of theirs is found."""

    records: Records
    scattered: Scattered
    usage: Usage
    roles: Names
    chosen: Index

    def table(self) -> pa.Table:
        columns = {
            **self._identity(),
            **self._texts(),
            **self._counts(),
            **self._times(),
            "error_type": self._error_type(),
            "dialect": pa.array(read_dialects(self.records, self.scattered)[self.chosen], pa.string()),
            "signal": self._constant("span"),
            "input_rule": self._constant("standard"),
            "attributes": read_extras(self.records, self.chosen),
        }
        columns["reason"] = self._reason(columns["error_type"])
        return pa.table([columns[name] for name in ROW_SCHEMA.names], schema=ROW_SCHEMA)

    def _identity(self) -> dict[str, Any]:
        fields = self.records.fields
        trace = fixed(fields.field("trace_id"), 16, self.chosen)
        span = words(fields.field("span_id"), self.chosen)
        parents = self.chosen[valid_ids(fields.field("parent_span_id"), 8)[self.chosen]]
        parent = np.zeros(len(fields), dtype=np.uint64)
        parent[parents] = words(fields.field("parent_span_id"), parents)
        parent = parent[self.chosen]
        return {
            "id": uuids(ids_of_spans(trace, span)),
            "trace_id": uuids(trace),
            "span_id": pa.array(span),
            "parent_span_id": pa.array(parent, mask=parent == 0),
        }

    def _texts(self) -> dict[str, Any]:
        own = ("channel", "user_id", "operation_detail", "request_model", "response_id", "agent_name")
        columns: dict[str, Any] = {name: self.scattered.text(name, self.chosen) for name in own}
        resources = scatter(self.records.resource_attributes, slots(Place.RESOURCE))
        resource = self.records.resource[self.chosen]
        provider = _normalised(self.scattered.text("provider", self.chosen))
        text = self.scattered.text
        return columns | {
            "service_name": resources.text("service_name", resource),
            "session_id": pc.coalesce(
                text("session_id", self.chosen), resources.text("session_id", resource)
            ),
            "model": pc.coalesce(text("model", self.chosen), columns["request_model"]),
            "operation_type": read_operations(self.scattered, self.chosen),
            "provider": provider,
            "endpoint_name": pc.coalesce(
                text("endpoint_name", self.chosen), provider, text("server_address", self.chosen)
            ),
        }

    def _counts(self) -> dict[str, Any]:
        tokens = {
            name: self.usage.column(name)[self.chosen]
            for name in ROW_SCHEMA.names
            if name.endswith("_tokens") and name != "context_tokens"
        }
        context, has_context = self._optional_count("context_tokens")
        iteration, has_iteration = self._optional_count("iteration")
        fits = has_iteration & (iteration <= np.iinfo(np.int32).max)
        cost = self.scattered.rows("reported_cost")[self.chosen]
        reported = pa.array(self.scattered.amounts[cost], mask=cost < 0)
        return tokens | {
            "context_tokens": np.where(has_context, context, tokens["input_tokens"]),
            "iteration": np.where(fits, iteration, 0).astype(np.int32),
            "reported_cost": reported,
            "estimated_cost": reported,
        }

    def _optional_count(self, name: str) -> tuple[npt.NDArray[np.int64], Mask]:
        rows = self.scattered.rows(name)[self.chosen]
        return self.scattered.counts[rows], rows >= 0

    def _times(self) -> dict[str, Any]:
        start = self.records.fields.field("start_time_unix_nano").to_numpy()[self.chosen]
        end = self.records.fields.field("end_time_unix_nano").to_numpy()[self.chosen]
        begun = np.where(start == 0, end, start)
        elapsed = np.where(end >= begun, end - begun, 0).astype(np.float64) / 1e6
        return {
            "timestamp": pa.array((begun // 1000).astype(np.int64), pa.timestamp("us")),
            "duration_ms": pa.array(elapsed, mask=end < begun),
        }

    def _error_type(self) -> pa.StringArray:
        code = self.records.fields.field("status").field("code").fill_null(0).to_numpy()[self.chosen]
        failed = pc.if_else(pa.array(code == _STATUS_ERROR), _UNKNOWN_ERROR, pa.scalar(None, pa.string()))
        return pc.coalesce(self.scattered.text("error_type", self.chosen), failed)

    def _reason(self, error_type: pa.StringArray) -> pa.StringArray:
        """Say why a row is not counted: nothing is billed for it, or the call succeeded without usage."""
        never = self.roles[self.chosen] == Role.NEVER
        silent = ~self.usage.reported[self.chosen] & error_type.is_null().to_numpy(zero_copy_only=False)
        reason = pc.if_else(pa.array(silent), "no_usage", pa.scalar(None, pa.string()))
        return pc.if_else(pa.array(never), "not_billed", reason)

    def _constant(self, text: str) -> pa.StringArray:
        return pa.array([text] * len(self.chosen), pa.string())


def _normalised(names: pa.StringArray) -> pa.StringArray:
    encoded = names.dictionary_encode()
    today = [providers().get(name, name) for name in encoded.dictionary.to_pylist()]
    return pa.array(today, pa.string()).take(encoded.indices)
