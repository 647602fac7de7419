"""Whatever a log record or a metric point holds, it spoils neither its batch nor an invariant."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.otlp_logs import LogSpec, log_bytes, log_rows
from harness.otlp_points import PointSpec, point_bytes, point_rows
from tokenlake_collector.dialects.csv_table import csv_rows
from tokenlake_collector.dialects.events import event_names
from tokenlake_collector.dialects.points import metrics, point_types

_VALUES: st.SearchStrategy[Any] = (
    st.integers(-(2**63), 2**63 - 1)
    | st.integers(0, 5000)
    | st.floats()
    | st.text(max_size=8)
    | st.integers(0, 5000).map(str)
    | st.booleans()
    | st.none()
    | st.lists(st.integers(0, 9), max_size=2)
)
_NAMES = sorted(event_names())
_KEYS = [
    *sorted({row["attribute"] for row in csv_rows("event_attributes")}),
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.operation.name",
    "event.kind",
]
_TIMES = st.integers(0, 2**64 - 1)
_TYPES = sorted({row.value for row in point_types()})


def _logs() -> st.SearchStrategy[LogSpec]:
    attributes = st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=8)
    named = st.fixed_dictionaries(
        {"event.name": st.sampled_from(_NAMES), "event.kind": st.just("response.completed")}
    )
    return st.builds(
        LogSpec,
        attributes=st.builds(lambda own, name: own | name, attributes, named) | attributes,
        body=st.none() | st.sampled_from(_NAMES) | _VALUES,
        event_name=st.sampled_from(["", *_NAMES]),
        time_ns=_TIMES,
        observed_ns=_TIMES,
        trace_id=st.binary(max_size=17),
        span_id=st.binary(max_size=9),
    )


def _points() -> st.SearchStrategy[PointSpec]:
    keys = st.sampled_from(["type", "token_type", "gen_ai.token.type", "model", "gen_ai.operation.name"])
    return st.builds(
        PointSpec,
        name=st.sampled_from([metric.name.replace("*", "") for metric in metrics()]),
        value=st.floats() | st.integers(0, 9).map(float),
        attributes=st.dictionaries(keys, st.sampled_from(_TYPES) | _VALUES, max_size=5),
        kind=st.sampled_from(["sum", "histogram", "exponential_histogram", "gauge", "summary"]),
        temporality=st.integers(0, 3),
        start_ns=_TIMES,
        end_ns=_TIMES,
    )


def _broken(row: dict[str, Any]) -> bool:
    """Tell whether a row breaks 0 <= cache <= input or 0 <= reasoning <= output."""
    cache = row["cache_read_tokens"] + row["cache_creation_tokens"]
    return not (0 <= cache <= row["input_tokens"] and 0 <= row["reasoning_tokens"] <= row["output_tokens"])


@given(st.lists(_logs(), max_size=3))
def test_log_records_of_any_content(logs: list[LogSpec]) -> None:
    """A row that cannot satisfy the invariants is stored as reported, and flagged."""
    rows = log_rows(log_bytes(*logs))

    assert len(rows) <= len(logs)
    assert [_broken(row) for row in rows] == ["invariant" in (row["flags"] or "").split(",") for row in rows]


@given(st.lists(_points(), max_size=3))
def test_points_of_any_content(points: list[PointSpec]) -> None:
    """A point's row always satisfies the invariants, and never lasts less than nothing."""
    rows = point_rows(point_bytes(*points, scope="com.opencode"), point_bytes(*points))

    assert [] == [row for row in rows if _broken(row)]
    assert [] == [row for row in rows if (row["duration_ms"] or 0) < 0]
