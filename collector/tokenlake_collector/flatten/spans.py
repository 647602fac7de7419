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
from tokenlake_collector.dialects.tables import Place, Role
from tokenlake_collector.flatten.buffers import numbers, picked, valid
from tokenlake_collector.flatten.emitters import Emitters
from tokenlake_collector.flatten.extras import Column, read_extras
from tokenlake_collector.flatten.flags import flags_of_spans
from tokenlake_collector.flatten.ids import fixed, uuids, valid_ids, words
from tokenlake_collector.flatten.kinds import Kinds, read_kinds, read_operations
from tokenlake_collector.flatten.recognition import dialect_texts, read_dialects
from tokenlake_collector.flatten.rows import RELATIVE_SCHEMA, ROW_SCHEMA, empty_relatives, empty_rows
from tokenlake_collector.flatten.sampling import THRESHOLD, read_thresholds
from tokenlake_collector.flatten.scatter import Scattered, scatter
from tokenlake_collector.flatten.texts import OWN, read_texts
from tokenlake_collector.flatten.tokens import Tokens, read_tokens
from tokenlake_collector.flatten.usage import Usage, read_usage
from tokenlake_collector.flatten.values import NONE, Mask
from tokenlake_collector.identity import ids_of_spans
from tokenlake_collector.texts import repeated

_STATUS_ERROR = 2
_NO_USAGE, _NOT_BILLED = map(pa.scalar, ("no_usage", "not_billed"))
_UNKNOWN_ERROR = pa.scalar("_OTHER")
"""What error.type says of a failure without a class of its own (OTel's registry)."""

_MICROS = 1_000_000

BAD_ID = "a span needs a trace id of 16 bytes and a span id of 8 bytes, neither all zero"


@dataclass(frozen=True, slots=True)
class FlatSpans:
    """Rows for the table, the other spans, and how many of each request were refused for their ids."""

    rows: pa.Table
    relatives: pa.Table
    refused: npt.NDArray[np.int64]


def flatten_spans(records: Records, requests: int) -> FlatSpans:
    """Turn the spans of `requests` requests into rows: model calls, failed ones, and those without usage.

    Spans that are no model call give no row. A span with an id of the wrong length is refused alone.
    """
    if len(records) == 0:
        return FlatSpans(empty_rows(), empty_relatives(), np.zeros(requests, dtype=np.int64))
    identified = valid_ids(records.fields.field("trace_id"), 16) & valid_ids(
        records.fields.field("span_id"), 8
    )
    refused = np.bincount(records.request[~identified], minlength=requests)
    scattered = scatter(records.attributes, slots(Place.SPAN))
    dialects = read_dialects(records, scattered)
    usage, kinds = (
        read_usage(scattered, dialects),
        read_kinds(scattered, dialects, records.fields.field("name")),
    )
    reports = usage.reported | kinds.are(Role.LEAF)
    spans = [
        _Spans(records, scattered, dialects, usage, kinds, np.flatnonzero(identified & chosen))
        for chosen in (reports, ~reports)
    ]
    return FlatSpans(spans[0].rows(), spans[1].relatives(), refused)


@dataclass(frozen=True, slots=True)
class _Spans:
    """The chosen spans of a batch, and how each column of theirs is found."""

    records: Records
    scattered: Scattered
    dialects: Index
    usage: Usage
    kinds: Kinds
    chosen: Index

    def rows(self) -> pa.Table:
        if len(self.chosen) == 0:
            return empty_rows()
        resources = scatter(self.records.resource_attributes, slots(Place.RESOURCE))
        texts = read_texts(self.records, self.scattered, resources, self.dialects, self.chosen)
        emitters = self._emitters(texts)
        tokens = read_tokens(self.scattered, self.usage.take(self.chosen), emitters, self.chosen)
        error_type = self._error_type()
        columns = {
            **texts,
            **self._identity(),
            **self._times(),
            **self._counts(tokens),
            **self._costs(),
            "operation_type": read_operations(self.scattered, self.chosen, self.kinds),
            "error_type": error_type,
            "dialect": dialect_texts(self.dialects[self.chosen]),
            "signal": repeated("span", len(self.chosen)),
            "input_rule": tokens.rule,
            "attributes": read_extras(
                self.records, self.scattered, resources, self.chosen, self._thresholds()
            ),
            "role": self.kinds.roles(self.chosen),
            "scope": self.records.scopes.field("name").take(pa.array(self.records.scope[self.chosen])),
            "span_kind": self._kind(),
            "series": pa.nulls(len(self.chosen), pa.string()),
            "flags": flags_of_spans(self.scattered, emitters, tokens, self.kinds, self.chosen),
            "reason": self._reason(error_type),
        }
        return pa.table([columns[name] for name in ROW_SCHEMA.names], schema=ROW_SCHEMA)

    def relatives(self) -> pa.Table:
        if len(self.chosen) == 0:
            return empty_relatives()
        end = self.records.fields.field("end_time_unix_nano").to_numpy()[self.chosen]
        columns = {
            **self._identity(),
            **self._times(),
            "end_timestamp": pa.array((end // 1000).astype(np.int64), pa.timestamp("us")),
            "role": self.kinds.roles(self.chosen),
            **{name: self.scattered.text(name, self.chosen) for name in OWN},
        }
        return pa.table([columns[name] for name in RELATIVE_SCHEMA.names], schema=RELATIVE_SCHEMA)

    def _thresholds(self) -> dict[str, Column]:
        found = read_thresholds(self.records.fields.field("trace_state"), self.chosen)
        return {} if found is None else {THRESHOLD: found}

    def _emitters(self, texts: dict[str, pa.StringArray]) -> Emitters:
        named = (self.records.scopes.field(name).to_pylist() for name in ("name", "version"))
        scopes = list(zip(*named, strict=True))
        # Each request brings its scope along, and most bring the same.
        numbers_of = {scope: number for number, scope in enumerate(dict.fromkeys(scopes))}
        number = np.array([numbers_of[scope] for scope in scopes])
        return Emitters(
            dialects=self.dialects[self.chosen],
            scope=number[self.records.scope[self.chosen]],
            scopes=[name or "" for name, _ in numbers_of],
            versions=[version or "" for _, version in numbers_of],
            spans=picked(self.records.fields.field("name"), self.chosen),
            providers=texts["provider"],
            models=texts["model"],
        )

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

    def _counts(self, tokens: Tokens) -> dict[str, Any]:
        context, has_context = self._optional_count("context_tokens")
        iteration, has_iteration = self._optional_count("iteration")
        fits = has_iteration & (iteration <= np.iinfo(np.int32).max)
        return tokens.counts | {
            "context_tokens": np.where(has_context, context, tokens.counts["input_tokens"]),
            "iteration": np.where(fits, iteration, 0).astype(np.int32),
        }

    def _costs(self) -> dict[str, Any]:
        amounts = self.scattered.amounts
        rows = self.scattered.rows("reported_cost")[self.chosen]
        micros = self.scattered.rows("reported_cost_micros")[self.chosen]
        amount = np.where(micros >= 0, amounts[micros] / _MICROS, amounts[rows])
        reported = pa.array(amount, mask=(rows < 0) & (micros < 0))
        return {"reported_cost": reported, "estimated_cost": reported}

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
        code = self.records.fields.field("status").field("code")
        failed = _texts((valid(code) & (numbers(code) == _STATUS_ERROR))[self.chosen], _UNKNOWN_ERROR)
        return pc.coalesce(self.scattered.text("error_type", self.chosen), failed)

    def _reason(self, error_type: pa.StringArray) -> pa.StringArray:
        """Say why a row is not counted: nothing is billed for it, or the call succeeded without usage."""
        never = self.kinds.are(Role.NEVER)[self.chosen]
        silent = ~self.usage.reported[self.chosen] & ~valid(error_type)
        return pc.coalesce(_texts(never, _NOT_BILLED), _texts(silent, _NO_USAGE))

    def _kind(self) -> pa.Array:
        kinds = self.records.fields.field("kind").to_numpy()[self.chosen]
        return pa.array(np.clip(kinds, 0, 127).astype(np.int8))


def _texts(where: Mask, text: pa.StringScalar) -> pa.StringArray:
    """Return a text where a mask holds, else NULL; most batches need it nowhere."""
    return pc.if_else(pa.array(where), text, NONE) if where.any() else pa.nulls(len(where), pa.string())
