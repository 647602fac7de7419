"""What the collector counts about itself; `/metrics` shows it in Prometheus form."""

from __future__ import annotations

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

    def render(self) -> bytes:
        """Return the text that Prometheus reads."""
        return generate_latest(self.registry)
