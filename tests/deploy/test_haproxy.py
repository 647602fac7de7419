"""The balancer's configuration, in the real HAProxy before real collectors."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx
import pytest

from harness.balancer import CONFIGURATION, Balancer, running_balancer
from harness.collector_process import CollectorProcess, running_collector
from harness.otlp import SpanSpec, trace_bytes
from harness.scrape import Scrape
from tokenlake_collector.receive.otlp_grpc import SERVICES
from tokenlake_collector.signals import Signal

pytestmark = pytest.mark.debian

EACH = 20
"""Requests of one span over each transport."""

Send = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Two collectors with a file each, and the balancer before them."""

    first: CollectorProcess
    second: CollectorProcess
    balancer: Balancer

    def spans(self) -> list[int]:
        """Return how many spans each collector has taken."""
        return [
            scrape(collector).records(Signal.TRACES)["accepted"] for collector in (self.first, self.second)
        ]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """What the composition has, without its common lake."""
    with (
        running_collector(tmp_path / "first.duckdb") as first,
        running_collector(tmp_path / "second.duckdb") as second,
        running_balancer(tmp_path, {"lake-1": first, "lake-2": second}) as balancer,
    ):
        yield Cluster(first, second, balancer)


@pytest.fixture
def grpc_channel(cluster: Cluster) -> Iterator[grpc.Channel]:
    """One connection, as an exporter has it."""
    with grpc.insecure_channel(cluster.balancer.grpc) as channel:
        yield channel


@pytest.fixture
def send_grpc(grpc_channel: grpc.Channel) -> Send:
    """Send a span over the one gRPC connection; raises what a client is answered."""
    export: Callable[..., bytes] = grpc_channel.unary_unary(f"/{SERVICES[Signal.TRACES]}/Export")

    def send(number: int) -> None:
        export(trace_bytes(SpanSpec(trace_id=number, span_id=number)), timeout=30)

    return send


@pytest.fixture
def send_http(cluster: Cluster) -> Iterator[Send]:
    """Send a span over one HTTP connection; raises what a client is answered."""
    headers = {"Content-Type": "application/x-protobuf"}
    with httpx.Client(base_url=cluster.balancer.http, headers=headers, timeout=30) as client:

        def send(number: int) -> None:
            content = trace_bytes(SpanSpec(trace_id=number, span_id=number))
            client.post("/v1/traces", content=content).raise_for_status()

        yield send


def scrape(collector: CollectorProcess) -> Scrape:
    return Scrape.of(httpx.get(f"{collector.http}/metrics").text)


def test_haproxy_accepts_the_configuration() -> None:
    """HAProxy itself reads the file as it is, names that nobody here knows included."""
    finished = subprocess.run(["haproxy", "-c", "-f", str(CONFIGURATION)], capture_output=True, check=False)

    assert 0 == finished.returncode, finished.stderr.decode()


def test_requests_of_one_grpc_connection_reach_both_collectors(cluster: Cluster, send_grpc: Send) -> None:
    """A long-lived gRPC connection is no tie to one collector, and each span arrives once."""
    for number in range(1, EACH + 1):
        send_grpc(number)

    first, second = cluster.spans()
    assert EACH == first + second
    assert min(first, second) > 0


def test_requests_of_one_http_connection_reach_both_collectors(cluster: Cluster, send_http: Send) -> None:
    """OTLP/HTTP is spread as well, and each span arrives once."""
    for number in range(1, EACH + 1):
        send_http(number)

    first, second = cluster.spans()
    assert EACH == first + second
    assert min(first, second) > 0


def test_a_collector_that_is_stopped_is_not_noticed(
    cluster: Cluster, send_grpc: Send, send_http: Send
) -> None:
    """While one collector goes away, every request over both transports is taken by the other."""
    send_grpc(1)
    send_http(2)
    assert 0 == cluster.first.stop()
    before = scrape(cluster.second).records(Signal.TRACES)["accepted"]

    for number in range(3, 2 * EACH + 3, 2):
        send_grpc(number)
        send_http(number + 1)

    assert before + 2 * EACH == scrape(cluster.second).records(Signal.TRACES)["accepted"]


def test_without_a_collector_senders_are_told_to_send_again(
    cluster: Cluster, send_grpc: Send, send_http: Send
) -> None:
    """The balancer's own answer is one that exporters repeat: UNAVAILABLE, and 503."""
    cluster.first.stop()
    cluster.second.stop()

    with pytest.raises(grpc.RpcError) as refused:
        send_grpc(1)
    with pytest.raises(httpx.HTTPStatusError) as unavailable:
        send_http(2)

    assert grpc.StatusCode.UNAVAILABLE == refused.value.code()
    assert 503 == unavailable.value.response.status_code


def test_the_dashboard_is_behind_the_balancer(cluster: Cluster) -> None:
    """The page and the statistics come through it, at the root and where agents send to."""
    page = httpx.get(f"{cluster.balancer.http}/", follow_redirects=True)
    total = httpx.get(f"{cluster.balancer.http}/metrics/token/total")

    assert "text/html" == page.headers["content-type"].partition(";")[0]
    assert 0 == total.json()["calls"]
