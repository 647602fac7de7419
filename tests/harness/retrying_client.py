"""Senders that behave as OTLP asks: the same bytes again until they are acknowledged."""

from __future__ import annotations

import random
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import grpc
import httpx

from harness.known_traffic import Batch, KnownTraffic

EXPORT_TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_PAUSE_S, _PATIENCE_S = 0.1, 60.0
_SENT_AGAIN = 0.15
"""The share of batches that are sent although they were acknowledged, or while another sender sends them."""

_RETRYABLE = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED}


class Sender(Protocol):
    """One connection to a collector."""

    def send(self, payload: bytes) -> bool:
        """Send a request once; True when it was acknowledged. A reply that forbids a retry is an error."""

    def close(self) -> None:
        """Close the connection."""


class HttpSender:
    """OTLP/HTTP, protobuf; `url` is that of the collector."""

    def __init__(self, url: str, patience_s: float = _PATIENCE_S) -> None:
        self._client = httpx.Client(base_url=url, timeout=patience_s)

    def send(self, payload: bytes) -> bool:
        """Send a request once; True when it was acknowledged."""
        headers = {"Content-Type": "application/x-protobuf"}
        try:
            reply = self._client.post("/v1/traces", content=payload, headers=headers)
        except httpx.TransportError:
            return False
        assert reply.status_code in {200, 503}, f"{reply.status_code}: {reply.text}"
        assert reply.status_code == 200 or reply.headers["Retry-After"]
        return reply.status_code == 200

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


class GrpcSender:
    """OTLP/gRPC; `address` is host:port."""

    def __init__(self, address: str) -> None:
        options = [
            # Without these a channel waits up to two minutes before it looks for a restarted server.
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 200),
            ("grpc.use_local_subchannel_pool", 1),
        ]
        self._channel = grpc.insecure_channel(address, options)
        self._export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(EXPORT_TRACES)

    def send(self, payload: bytes) -> bool:
        """Send a request once; True when it was acknowledged."""
        try:
            self._export(payload, timeout=_PATIENCE_S)
        except grpc.RpcError as error:
            failed: Any = error
            if failed.code() not in _RETRYABLE:
                raise AssertionError(f"{failed.code()}: {failed.details()}") from error
            return False
        return True

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()


@dataclass(slots=True)
class Deliveries:
    """What was acknowledged, each batch once; how often something was sent, and how often without success."""

    acknowledged: list[Batch] = field(default_factory=list)
    sent: int = 0
    refused: int = 0

    @property
    def spans(self) -> int:
        """Return the number of spans in the acknowledged batches."""
        return sum(batch.spans for batch in self.acknowledged)


class RetryingClient:
    """Senders on threads of their own that take batch after batch and deliver each, whatever it takes."""

    def __init__(self, traffic: KnownTraffic, senders: list[Sender], seed: int) -> None:
        self.deliveries = Deliveries()
        self._traffic = traffic
        self._seed = seed
        self._recent: deque[Batch] = deque(maxlen=50)
        self._changed = threading.Condition()
        self._stop, self._abandon = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(len(senders))
        self._running: list[Future[None]] = [
            self._pool.submit(self._work, sender, number) for number, sender in enumerate(senders)
        ]

    def wait_for(self, acknowledged: int = 0, refused: int = 0) -> None:
        """Return when so many more batches were acknowledged, and so many more sendings refused, than now.

        Raises:
            AssertionError: that took more than a minute, or a sender met what no collector may answer.
        """
        now = self.deliveries
        goals = len(now.acknowledged) + acknowledged, now.refused + refused
        with self._changed:
            met = self._changed.wait_for(
                lambda: len(now.acknowledged) >= goals[0] and now.refused >= goals[1], _PATIENCE_S
            )
        self.check()
        assert met, f"{len(now.acknowledged)} acknowledged, {now.refused} refused, wanted {goals}"

    def check(self) -> None:
        """Raise what a sender met that no collector may answer."""
        for running in self._running:
            if running.done():
                running.result()

    def finish(self) -> Deliveries:
        """Take no new batches, deliver those under way, and return what was delivered."""
        self._stop.set()
        for running in self._running:
            running.result()
        self._pool.shutdown()
        return self.deliveries

    def abandon(self) -> None:
        """Stop at once, without delivering anything more."""
        self._stop.set()
        self._abandon.set()
        self._pool.shutdown()

    def _work(self, sender: Sender, number: int) -> None:
        choose = random.Random(self._seed * 1_000 + number)  # noqa: S311 - no secret
        try:
            while batch := self._traffic.left() if self._stop.is_set() else self._traffic.next():
                if self._recent and choose.random() < _SENT_AGAIN:
                    self._deliver(sender, choose.choice(list(self._recent)))
                self._recent.append(batch)
                if self._deliver(sender, batch):
                    with self._changed:
                        self.deliveries.acknowledged.append(batch)
                        self._changed.notify_all()
        finally:
            sender.close()

    def _deliver(self, sender: Sender, batch: Batch) -> bool:
        while not self._abandon.is_set():
            with self._changed:
                self.deliveries.sent += 1
            if sender.send(batch.payload):
                return True
            with self._changed:
                self.deliveries.refused += 1
                self._changed.notify_all()
            self._abandon.wait(_PAUSE_S)
        return False
