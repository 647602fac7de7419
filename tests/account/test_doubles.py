"""Doubles that come late, in any order, over any minutes: what is around one decides whose it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.batching import merged
from harness.otlp import NOON_NS, SpanSpec, trace_request
from harness.reported_failures import genai, span, usage
from harness.table import contents, store, table_after
from tokenlake_collector.storage.ledger import Ledger

LANGCHAIN = "openinference.instrumentation.langchain"
SDK = "opentelemetry.instrumentation.openai_v2"
AGENT = {"service.name": "agent"}
HOUR = 3600.0


def _report(number: int, scope: str, start_s: float, end_s: float, trace: int) -> bytes:
    attributes = genai("chat", (100, 10), request__model="gpt-5")
    spec = SpanSpec(
        attributes,
        span_id=number,
        trace_id=trace,
        start_ns=NOON_NS + round(start_s * 1e9),
        duration_ns=round((end_s - start_s) * 1e9),
    )
    return trace_request(spec, scope=scope, resource=AGENT).SerializeToString()


@st.composite
def _crowds(draw: st.DrawFn) -> list[bytes]:
    """Return equal reports at about the same time, some in two versions, some in one trace."""
    thirds = st.integers(0, 12).map(lambda number: 20.0 * number)
    crowd = []
    for number in range(1, 1 + draw(st.integers(3, 12))):
        scope = draw(st.sampled_from([LANGCHAIN, SDK]))
        trace = draw(st.sampled_from([number, 1]))
        for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
            start = draw(thirds)
            crowd.append(_report(number, scope, start, start + draw(thirds), trace))
    return crowd


@given(st.data(), _crowds())
@settings(max_examples=30)
def test_any_order_and_any_batches_give_the_same_rows(data: st.DataObject, crowd: list[bytes]) -> None:
    """Reports of the same numbers, within and across each other, some sent in two versions."""
    order = data.draw(st.permutations(crowd))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(crowd)), max_size=len(crowd))))
    groups = [
        [merged(order[a:b])] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True) if order[a:b]
    ]

    assert table_after([merged(crowd)]) == table_after(*groups)


@pytest.mark.parametrize("order", [1, -1], ids=["SDK last", "SDK first"])
@pytest.mark.parametrize("length", [10.0, 200.0, HOUR], ids=["s", "minutes", "an hour"])
def test_a_double_is_found_in_another_batch(order: int, length: float) -> None:
    """Whichever comes first, and however many minutes lie between their starts: 100/10."""
    requests = [
        span(
            1,
            0,
            genai("chat", (100, 10)),
            start=59,
            end=59 + length,
            scope=LANGCHAIN,
            resource=AGENT,
            trace_id=1,
        ),
        span(
            2,
            0,
            genai("chat", (100, 10)),
            start=55 + length,
            end=58 + length,
            scope=SDK,
            resource=AGENT,
            trace_id=2,
        ),
    ]

    assert {"calls": 1, "input": 100, "output": 10} == usage(*requests[::order])


def test_a_longer_call_has_no_double() -> None:
    """What is looked for must have an end: one second more than an hour, 200/20."""
    upper = span(1, 0, genai("chat", (100, 10)), end=HOUR + 1, scope=LANGCHAIN, resource=AGENT, trace_id=1)
    lower = span(2, 0, genai("chat", (100, 10)), start=1, end=9, scope=SDK, resource=AGENT, trace_id=2)

    assert {"calls": 2, "input": 200, "output": 20} == usage(upper, lower)


@pytest.mark.parametrize("stop", [1, 2])
def test_a_restart_forgets_no_double(stop: int, tmp_path: Path) -> None:
    """A double, and a trace's later span, after the file was closed and opened again."""
    requests = [
        _report(1, LANGCHAIN, 0, 10, 1),
        _report(2, SDK, 1, 9, 2),
        _report(3, SDK, 20, 29, 1),
    ]
    path = tmp_path / "usage.duckdb"
    ledger = Ledger.open(path)
    store(ledger, *([request] for request in requests[:stop]))
    ledger.close()
    ledger = Ledger.open(path)
    store(ledger, *([request] for request in requests[stop:]))
    found = contents(ledger)
    ledger.close()

    assert table_after([merged(requests)]) == found
    assert 2 == len(found["token_usage"])
