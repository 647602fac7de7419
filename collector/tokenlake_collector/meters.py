"""What the collector counts about itself; `/metrics` shows it in Prometheus form."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from tokenlake_collector.signals import Signal


class Meters:
    """Counters of one collector, in a registry of its own (two collectors in one process do not mix)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tokenlake_requests",
            "Export requests answered, by the reply's code.",
            ["signal", "transport", "code"],
            registry=self.registry,
        )
        self.records = Counter(
            "tokenlake_records",
            "Spans, log records and metric points received, by what became of them.",
            ["signal", "outcome"],
            registry=self.registry,
        )
        self.doubtful = Counter(
            "tokenlake_doubtful_rows",
            "Rows stored as reported although their numbers contradict each other, by flag.",
            ["flag"],
            registry=self.registry,
        )
        self.unpriced = Counter(
            "tokenlake_unpriced_rows",
            "Rows stored with tokens and without any cost.",
            registry=self.registry,
        )
        self.waiting_bytes = Gauge(
            "tokenlake_waiting_bytes",
            "Bytes of requests that are not committed yet.",
            registry=self.registry,
        )

    def count_records(self, signal: Signal, **outcomes: int) -> None:
        """Add to the records of a signal, by outcome."""
        for outcome, number in outcomes.items():
            if number:
                self.records.labels(signal.value, outcome).inc(number)

    def count_doubts(self, unpriced: int, flags: Mapping[str, int]) -> None:
        """Add to the rows without a cost, and to the doubtful ones by flag."""
        self.unpriced.inc(unpriced)
        for flag, number in flags.items():
            self.doubtful.labels(flag).inc(number)

    def render(self) -> bytes:
        """Return the text that Prometheus reads."""
        return generate_latest(self.registry)
