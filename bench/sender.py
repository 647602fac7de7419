"""One process of the load generator: so many connections, each with one request under way at a time.

Reads its orders as JSON from its standard input, builds its requests, prints `ready`, waits for a line,
sends, and prints what was acknowledged as JSON.
"""

from __future__ import annotations

import http.client
import itertools
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import grpc
from traffic import as_json, compressed, requests

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

Send = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Orders:
    """What to send: `seed` makes the ids of two processes different.

    `rate` is spans a second, 0 for no limit. `unique` requests are built before the start; with `again` they
    are sent over and over.
    """

    target: str
    transport: str
    encoding: str
    connections: int
    seconds: float
    spans: int
    unique: int
    seed: int
    mixed: bool = False
    again: bool = False
    rate: float = 0.0


@dataclass(slots=True)
class Sent:
    """What became of it: acknowledged spans and calls, refused requests, and seconds per acknowledgement."""

    spans: int = 0
    calls: int = 0
    refused: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Request:
    body: bytes
    spans: int
    calls: int


def built(orders: Orders) -> list[_Request]:
    """Build the requests."""
    source = requests(orders.seed, orders.spans, mixed=orders.mixed)
    found = []
    for number, template in enumerate(itertools.islice(source, orders.unique)):
        first = (orders.seed << 40) + number * template.number
        body = template.filled(first, time.time_ns() - 60_000_000_000)
        if orders.encoding == "json":
            body = json.dumps(as_json(body)).encode()
        if orders.encoding == "gzip":
            body = compressed(body)
        found.append(_Request(body, template.number, template.calls))
    return found


def sender(orders: Orders) -> Send:
    """Open a connection and return what sends a body over it and tells whether it was acknowledged."""
    return _over_grpc(orders) if orders.transport == "grpc" else _over_http(orders)


def _over_grpc(orders: Orders) -> Send:
    # Where the target has several addresses, requests go to each in turn.
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.lb_policy_name", "round_robin")]
    channel = grpc.insecure_channel(orders.target, options=options)
    export: Any = channel.unary_unary(METHOD)

    def send(body: bytes) -> bool:
        try:
            export(body, timeout=60)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            return False
        return True

    return send


def _over_http(orders: Orders) -> Send:
    connection = http.client.HTTPConnection(orders.target, timeout=60)
    headers = {
        "Content-Type": "application/json" if orders.encoding == "json" else "application/x-protobuf",
        "Content-Encoding": "gzip" if orders.encoding == "gzip" else "identity",
    }

    def send(body: bytes) -> bool:
        connection.request("POST", "/v1/traces", body, headers)
        reply = connection.getresponse()
        reply.read()
        if reply.status not in {200, 503}:
            raise RuntimeError(f"answered {reply.status}")
        return reply.status == 200

    return send


def run(orders: Orders, pool: Iterator[_Request], lock: threading.Lock, sent: Sent, until: float) -> None:
    """Send over one connection until the time is over or nothing is left."""
    send = sender(orders)
    pause = orders.connections * orders.spans / orders.rate if orders.rate else 0.0
    due = time.monotonic()
    while time.monotonic() < until:
        with lock:
            request = next(pool, None)
        if request is None:
            return
        due += pause
        if pause:
            time.sleep(max(0.0, due - time.monotonic()))
        begun = time.monotonic()
        acknowledged = send(request.body)
        with lock:
            sent.latencies.append(time.monotonic() - begun)
            sent.spans += request.spans * acknowledged
            sent.calls += request.calls * acknowledged
            sent.refused += not acknowledged


def main() -> None:
    """Do what the orders say."""
    orders = Orders(**json.loads(sys.stdin.readline()))
    requests_built = built(orders)
    print("ready", flush=True)
    sys.stdin.readline()
    sent, lock, begun = Sent(), threading.Lock(), time.monotonic()
    pool = itertools.cycle(requests_built) if orders.again else iter(requests_built)
    arguments = (orders, pool, lock, sent, begun + orders.seconds)
    threads = [threading.Thread(target=run, args=arguments) for _ in range(orders.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.seconds = time.monotonic() - begun
    print(json.dumps(asdict(sent)))


if __name__ == "__main__":
    main()
