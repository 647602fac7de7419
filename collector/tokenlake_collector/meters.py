"""What the collector counts about itself; `/metrics` shows it in Prometheus form.

Records are counted a group at a time, when their transaction is committed: what is answered with "send again"
was not received yet. What is counted for each request is bound to its labels once, as a look-up of labels
costs twice as much as a count.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from tokenlake_collector.errors import CollectorError
from tokenlake_collector.signals import Signal

OUTCOMES = ("accepted", "uncounted", "duplicate", "without_usage")
"""What becomes of a record that is not rejected: a row that counts, one that does not, a report that was
known already, or nothing, as it reports no usage."""

REASONS = ("bad_id", "pruned")
"""Why a record is rejected although its request is taken. Only spans can have a bad id; what is older than
the ledger keeps was pruned, and stays out."""

TRANSPORTS = ("grpc", "http")

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_TURN_SECONDS = (*_SECONDS, 30, 60)
_REQUESTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
_RECORDS = (1, 10, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Meters:
    """Counters of one collector, in a registry of its own (two collectors in one process do not mix)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        # Memory, CPU time and open files, under the names that all programs have them.
        ProcessCollector(registry=self.registry)
        self.requests = RequestMeters(self.registry)
        self.records = RecordMeters(self.registry)
        self.commits = CommitMeters(self.registry)
        gauge = partial(Gauge, registry=self.registry)
        self._arriving = gauge("tokenlake_arriving_bytes", "Bytes of requests that are still arriving.")
        self._waiting = gauge("tokenlake_waiting_bytes", "Bytes of requests that are not committed yet.")

    def show_arriving_bytes(self, total: Callable[[], float]) -> None:
        """Say where to look, at every scrape, for the bytes that are arriving."""
        self._arriving.set_function(total)

    def show_waiting_bytes(self, total: Callable[[], float]) -> None:
        """Say where to look, at every scrape, for the bytes that wait for a commit."""
        self._waiting.set_function(total)

    def render(self) -> bytes:
        """Return the text that Prometheus reads."""
        return generate_latest(_WithoutTimes(self.registry))


class _WithoutTimes(Collector):
    """A registry without the time of each first count, which nobody reads and which doubles the text.

    The library's own switch for this is the whole process's, which may be an agent with meters of its own.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """Return the metrics with the samples that are of interest."""
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric


class RequestMeters:
    """Export requests: what came, and how it was answered."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        self._answered = counter(
            "tokenlake_requests",
            "Export requests answered, by the reply's code.",
            ["signal", "transport", "code"],
        )
        self._refused = counter(
            "tokenlake_refused_requests",
            "Export requests that were not taken, by the reason.",
            ["signal", "transport", "reason"],
        )
        received = counter("tokenlake_received_bytes", "Bytes of bodies that arrived whole.", ["transport"])
        self._received = {transport: received.labels(transport) for transport in TRANSPORTS}
        self._bound: dict[tuple[Signal, str, str], Counter] = {}

    def arrived(self, transport: str, size: int) -> None:
        """Count a body of `size` bytes: compressed as it came over HTTP, decompressed over gRPC."""
        self._received[transport].inc(size)

    def answered(
        self, signal: Signal, transport: str, code: str, refusal: CollectorError | None = None
    ) -> None:
        """Count the answer to a request, by its code and, for a refusal, by its reason."""
        key = signal, transport, code
        bound = self._bound.get(key)
        if bound is None:
            bound = self._bound[key] = self._answered.labels(signal.value, transport, code)
        bound.inc()
        if refusal is not None:
            self._refused.labels(signal.value, transport, _reason(refusal)).inc()

    def total(self) -> int:
        """Return how many requests were answered."""
        return sum(int(_value(bound)) for bound in list(self._bound.values()))


class RecordMeters:
    """Spans, log records and metric points: how many, and what became of each.

    For every signal, received = accepted + uncounted + duplicate + without usage + rejected.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        received = counter(
            "tokenlake_received_records",
            "Spans, log records and metric points in committed transactions.",
            ["signal"],
        )
        taken = counter(
            "tokenlake_records", "Received records, by what became of them.", ["signal", "outcome"]
        )
        rejected = counter(
            "tokenlake_rejected_records",
            "Received records that cannot be stored although their request can, by the reason.",
            ["signal", "reason"],
        )
        self._received = {signal: received.labels(signal.value) for signal in Signal}
        self._taken = {(s, outcome): taken.labels(s.value, outcome) for s in Signal for outcome in OUTCOMES}
        self._rejected = {(s, reason): rejected.labels(s.value, reason) for s in Signal for reason in REASONS}
        self._doubtful = counter(
            "tokenlake_doubtful_rows",
            "Rows stored as reported although their numbers contradict each other, by flag.",
            ["flag"],
        )
        self._unpriced = counter("tokenlake_unpriced_rows", "Rows stored with tokens and without any cost.")

    def add(self, signal: Signal, received: int, bad_id: int = 0, pruned: int = 0, **outcomes: int) -> None:
        """Count the records of a committed group: those received, those rejected, and the others."""
        self._received[signal].inc(received)
        for reason, number in zip(REASONS, (bad_id, pruned), strict=True):
            self._rejected[signal, reason].inc(number)
        for outcome, number in outcomes.items():
            if number:
                self._taken[signal, outcome].inc(number)

    def add_doubts(self, unpriced: int, flags: Mapping[str, int]) -> None:
        """Count rows without a cost, and doubtful ones by flag."""
        self._unpriced.inc(unpriced)
        for flag, number in flags.items():
            self._doubtful.labels(flag).inc(number)

    def totals(self) -> dict[str, int]:
        """Return the records of all signals since the start, `received` and by outcome."""
        sums = {"received": sum(_value(counter) for counter in self._received.values())}
        for (_, outcome), counter in self._taken.items():
            sums[outcome] = sums.get(outcome, 0) + _value(counter)
        sums["rejected"] = sum(_value(counter) for counter in self._rejected.values())
        return {name: int(number) for name, number in sums.items()}


class CommitMeters:
    """Transactions: how large, how long, how long ago."""

    def __init__(self, registry: CollectorRegistry) -> None:
        histogram = partial(Histogram, registry=registry)
        self._requests = histogram(
            "tokenlake_transaction_requests", "Requests in one transaction.", buckets=_REQUESTS
        )
        self._records = histogram(
            "tokenlake_transaction_records", "Records received in one transaction.", buckets=_RECORDS
        )
        self._seconds = histogram(
            "tokenlake_commit_seconds",
            "Time of one transaction, counting rules and sync to disk included.",
            buckets=_SECONDS,
        )
        self._acknowledgement = histogram(
            "tokenlake_acknowledgement_seconds",
            "Time from a request's arrival to its answer, of the request that waited longest in each group.",
            buckets=_SECONDS,
        )
        self._waited = histogram(
            "tokenlake_turn_wait_seconds",
            "Time until other collectors of the same lake let this one write.",
            buckets=_TURN_SECONDS,
        )
        self._held = histogram(
            "tokenlake_turn_held_seconds",
            "Time for which others of the same lake had to wait for this one.",
            buckets=_TURN_SECONDS,
        )
        self._failed = Counter(
            "tokenlake_failed_commits", "Transactions that were rolled back.", registry=registry
        )
        self._last = time.monotonic()
        age = Gauge(
            "tokenlake_last_commit_age_seconds",
            "Time since the last commit, or since the start when there was none.",
            registry=registry,
        )
        age.set_function(lambda: time.monotonic() - self._last)

    @contextmanager
    def transaction(self, requests: int, records: int) -> Iterator[None]:
        """Time a transaction with so many requests and records; it counts as failed when it raises."""
        begun = time.monotonic()
        try:
            yield
        except BaseException:
            self._failed.inc()
            raise
        self._last = time.monotonic()
        self._seconds.observe(self._last - begun)
        self._requests.observe(requests)
        self._records.observe(records)

    def turn(self, waited_s: float, held_s: float) -> None:
        """Note one turn at writing into a lake: a transaction of ours, or a chore."""
        self._waited.observe(waited_s)
        self._held.observe(held_s)

    def acknowledged(self, arrived: float) -> None:
        """Note that a group is answered whose first request arrived at `arrived` (`time.monotonic`)."""
        self._acknowledgement.observe(time.monotonic() - arrived)


def _reason(error: CollectorError) -> str:
    """Return a failure's name as labels are written."""
    return _WORD.sub("_", type(error).__name__).lower()


def _value(counter: Counter) -> float:
    return next(s.value for metric in counter.collect() for s in metric.samples)
