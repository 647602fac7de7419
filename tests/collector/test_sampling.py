"""What consistent probability sampling says of a span is kept, so that an estimate can be scaled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.flattening import rows_of
from harness.ledger_rows import insert_rows, new_ledger
from harness.markdown import Document
from harness.otlp import CHAT, SpanSpec, trace_bytes
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.spans import flatten_spans
from tokenlake_collector.signals import Signal

GUIDE = Path(__file__).parents[2] / "docs" / "accounting.md"


def _kept(*spans: SpanSpec) -> list[object]:
    return [row["attributes"] and json.loads(row["attributes"]) for row in rows_of(*spans)]


@pytest.mark.parametrize(
    ("trace_state", "threshold"),
    [
        ("ot=th:fd70a3d70a3d71", "fd70a3d70a3d71"),  # 1 %: (1 - 0.01) * 2**56
        ("ot=th:8", "8"),
        ("ot=th:0", "0"),
        ("ot=rv:6e6d1a75832a2f;th:c", "c"),
        ("ot=th:c;rv:6e6d1a75832a2f", "c"),
        ("vendor=x,ot=th:c", "c"),
        ("vendor=x, ot=th:c , other=y", "c"),
    ],
)
def test_the_threshold_is_kept(trace_state: str, threshold: str) -> None:
    """The sub-key `th` of the vendor `ot` is kept as it was sent."""
    assert [{"sampling.threshold": threshold}] == _kept(SpanSpec(trace_state=trace_state))


@pytest.mark.parametrize(
    "trace_state",
    [
        "",
        "ot=rv:6e6d1a75832a2f",
        "other=th:c",
        "xot=th:c",
        "ot=th:",
        "ot=th:xyz",
        "ot=th:123456789abcdef",
        "ot=xth:c",
    ],
)
def test_another_trace_state_leaves_nothing(trace_state: str) -> None:
    """What is no threshold of at most 14 hex digits is not kept."""
    assert [None] == _kept(SpanSpec(trace_state=trace_state))


def test_it_stands_beside_other_attributes() -> None:
    """Only the spans that have a threshold get one, and their other attributes stay."""
    plain, sampled = (
        SpanSpec(span_id=1),
        SpanSpec({**CHAT, "tenant": "acme"}, span_id=2, trace_state="ot=th:c"),
    )

    assert [None, {"sampling.threshold": "c", "tenant": "acme"}] == _kept(plain, sampled)


def test_a_trace_state_that_is_no_text_refuses_nothing() -> None:
    """Bytes that are no UTF-8 in a trace state do not cost the request its spans."""
    payload = trace_bytes(SpanSpec(trace_state="ot=th:c;xx:zz"))
    records = decode(Signal.TRACES, [payload.replace(b"zz", b"\xff\xfe")])

    assert ['{"sampling.threshold": "c"}'] == flatten_spans(records, 1).rows["attributes"].to_pylist()


def test_the_documented_estimate_scales() -> None:
    """120 tokens that were sampled at 25 % stand for 480, beside 120 that were not sampled."""
    [query] = [block.text for block in Document.read(GUIDE).blocks if "sampling.threshold" in block.text]
    tokens = {"timestamp": "2026-01-01", "model": "m", "input_tokens": 100, "output_tokens": 20}
    connection = new_ledger()
    insert_rows(connection, [{**tokens, "attributes": '{"sampling.threshold": "c"}'}, tokens])

    assert [("m", 240, 600.0)] == connection.execute(query).fetchall()
