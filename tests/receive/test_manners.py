"""The receiver's manners, as tables: each row over every transport and compression, on real sockets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from harness.collector_process import CollectorProcess, running_collector
from harness.exporting import GRPC_WAYS, HTTP_WAYS, JSON, PROTOBUF, Reply, Transport, Way, send
from harness.http_manners import HTTP_MANNERS, HttpManner
from harness.json_manners import JSON_MANNERS
from harness.manners import LIMIT_MIB, WIRE_MANNERS, Manner
from harness.markdown import Document
from harness.otlp import SpanSpec, trace_bytes
from harness.otlp_json import as_json
from harness.raw_http import exchange
from harness.repository import ROOT
from tokenlake_collector.signals import Signal

JSON_WAYS = [way for way in HTTP_WAYS if way.transport is Transport.JSON]
WIRE_WAYS = [*GRPC_WAYS, *(way for way in HTTP_WAYS if way.transport is Transport.PROTOBUF)]
MEDIA = {Transport.GRPC: "", Transport.PROTOBUF: PROTOBUF, Transport.JSON: JSON}
BOMB_MIB = 128


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    """One collector for all rows, whose limit is small."""
    db = tmp_path_factory.mktemp("ledger") / "usage.duckdb"
    with running_collector(db, "--max-body-mib", str(LIMIT_MIB)) as running:
        yield running


def replies(
    collector: CollectorProcess, manner: Manner, ways: Sequence[Way]
) -> Iterator[tuple[str, Way, Reply]]:
    """Send what a row says for each of its signals, in each way."""
    for signal in manner.signals:
        body = manner.body(signal)
        for way in ways:
            yield f"{signal} {way}", way, send(collector, way, signal, body)


def wrong(collector: CollectorProcess, manner: Manner, ways: Sequence[Way]) -> dict[str, Reply]:
    """Return the replies that are not as the row says."""
    return {
        place: reply
        for place, way, reply in replies(collector, manner, ways)
        if (reply.code, reply.rejected, reply.media)
        != (_code(manner, way), manner.rejected, MEDIA[way.transport])
        or manner.says not in reply.message
        or bool(reply.message) != bool(manner.codes.http != 200 or manner.rejected)
    }


def _code(manner: Manner, way: Way) -> int | grpc.StatusCode:
    return manner.codes.grpc if way.transport is Transport.GRPC else manner.codes.http


@pytest.mark.parametrize("manner", WIRE_MANNERS, ids=lambda manner: manner.name)
def test_manners_of_protobuf(manner: Manner, collector: CollectorProcess) -> None:
    """A protobuf body gets the same answer over gRPC and HTTP, for all signals and compressions."""
    assert {} == wrong(collector, manner, WIRE_WAYS)


@pytest.mark.parametrize("manner", JSON_MANNERS, ids=lambda manner: manner.name)
def test_manners_of_json(manner: Manner, collector: CollectorProcess) -> None:
    """A JSON body is answered in JSON, for all signals and compressions."""
    assert {} == wrong(collector, manner, JSON_WAYS)


@pytest.mark.parametrize("manner", HTTP_MANNERS, ids=lambda manner: manner.name)
def test_manners_of_http(manner: HttpManner, collector: CollectorProcess) -> None:
    """A request of these very bytes gets this code and these headers."""
    reply = exchange(collector.http.removeprefix("http://"), manner.request)

    assert (manner.code, dict(manner.headers)) == (
        reply.code,
        {name: reply.headers.get(name) for name in manner.headers},
    )


def test_a_request_is_stored_whatever_way_it_comes(collector: CollectorProcess) -> None:
    """One span with an id of its own over each of the eleven ways: eleven calls more."""
    ways = [*WIRE_WAYS, *JSON_WAYS]
    before = calls(collector)
    for number, way in enumerate(ways):
        body = trace_bytes(SpanSpec(span_id=number + 1, trace_id=1000 + number))
        sent = as_json(Signal.TRACES, body) if way.transport is Transport.JSON else body
        send(collector, way, Signal.TRACES, sent)

    assert 11 == len(ways) == calls(collector) - before


@pytest.mark.parametrize("way", [*GRPC_WAYS[1:], *HTTP_WAYS[1:4]], ids=str)
def test_a_bomb_is_refused_and_does_not_explode(way: Way, collector: CollectorProcess) -> None:
    """128 MiB in a small body: the collector takes less than an eighth of it."""
    before = peak_mib(collector)
    reply = send(collector, way, Signal.TRACES, bytes(BOMB_MIB * 2**20))

    assert reply.code in {413, grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert peak_mib(collector) - before < BOMB_MIB / 8


@pytest.mark.parametrize("method", ["trace.v1.TraceService/Import", "profiles.v1.ProfilesService/Export"])
def test_another_grpc_method_is_unimplemented(method: str, collector: CollectorProcess) -> None:
    """What gRPC says instead of 404."""
    with grpc.insecure_channel(collector.grpc) as channel:
        export: Any = channel.unary_unary(f"/opentelemetry.proto.collector.{method}")
        with pytest.raises(grpc.RpcError) as caught:
            export(b"", timeout=30)
    error: Any = caught.value

    assert grpc.StatusCode.UNIMPLEMENTED == error.code()


@pytest.mark.parametrize(
    ("title", "manners"),
    [("Protobuf, over gRPC and HTTP", WIRE_MANNERS), ("JSON", JSON_MANNERS)],
)
def test_the_documented_bodies_are_the_tested_ones(title: str, manners: Sequence[Manner]) -> None:
    """docs/receiver.md has each row of a table, with its codes, and no other."""
    expected = [[row.name, f"{row.codes.http}", row.codes.grpc.name] for row in manners]

    assert [row[:2] if title == "JSON" else row for row in expected] == documented(title)


def test_the_documented_http_is_the_tested_one() -> None:
    """The same for HTTP itself."""
    assert [[row.name, f"{row.code}"] for row in HTTP_MANNERS] == documented("HTTP itself")


def documented(title: str) -> list[list[str]]:
    return Document.read(ROOT / "docs" / "receiver.md").tables[title]


def calls(collector: CollectorProcess) -> int:
    return int(httpx.get(f"{collector.http}/metrics/token/total").json()["calls"])


def peak_mib(collector: CollectorProcess) -> float:
    """Return the most memory that the collector has had so far."""
    status = Path(f"/proc/{collector.process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
