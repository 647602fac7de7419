"""What a running collector does with what it takes, seen from outside; its manners are in test_manners.py."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from harness.captures import case
from harness.collector_process import CollectorProcess, running_collector
from harness.exporting import Transport, Way, send
from harness.otlp import SpanSpec, trace_request
from tokenlake_collector.signals import Signal

PROTOBUF = Way(Transport.PROTOBUF, "identity")


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    """One collector with the default limits."""
    with running_collector(tmp_path_factory.mktemp("ledger") / "usage.duckdb") as running:
        yield running


def calls(collector: CollectorProcess) -> int:
    return int(httpx.get(f"{collector.http}/metrics/token/total").json()["calls"])


@pytest.mark.parametrize("way", [Way(Transport.GRPC, "identity"), PROTOBUF], ids=str)
def test_one_bad_span_does_not_lose_its_batch(way: Way, collector: CollectorProcess) -> None:
    """The other two are stored, at their own ids."""
    first = 10 if way is PROTOBUF else 20
    spans = [SpanSpec(span_id=number, trace_id=number) for number in range(first, first + 3)]
    request = trace_request(*spans)
    request.resource_spans[0].scope_spans[0].spans[1].trace_id = b"short"
    before = calls(collector)
    reply = send(collector, way, Signal.TRACES, request.SerializeToString())

    assert (1, 2) == (reply.rejected, calls(collector) - before)


@pytest.mark.parametrize("signal", [Signal.LOGS, Signal.METRICS])
def test_logs_and_metrics_are_acknowledged_and_counted(signal: Signal, collector: CollectorProcess) -> None:
    """The recorded ones of a coding agent; the collector's own metrics show what became of the records."""
    bodies = [request.payload for request in case("gemini-cli").requests if request.signal is signal]
    codes = [send(collector, PROTOBUF, signal, body).code for body in bodies]
    shown = httpx.get(f"{collector.http}/metrics").text

    assert [200] * len(bodies) == codes
    assert f'tokenlake_records_total{{outcome="without_usage",signal="{signal}"}}' in shown


def test_health_and_readiness_answer(collector: CollectorProcess) -> None:
    """Both are 200 while the ledger can be read."""
    answers = [httpx.get(f"{collector.http}/{path}") for path in ("healthz", "readyz")]

    assert [200, 200] == [answer.status_code for answer in answers]
