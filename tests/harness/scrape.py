"""What `/metrics` says, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from tokenlake_collector.signals import Signal


@dataclass(frozen=True)
class Scrape:
    """The samples of one scrape, by name and labels."""

    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    @classmethod
    def of(cls, text: str) -> Scrape:
        """Read what Prometheus would read."""
        samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
        return cls({(s.name, frozenset(s.labels.items())): s.value for s in samples})

    def value(self, name: str, **labels: str) -> float:
        """Return the value of one sample; 0 where it is not there, as for Prometheus' `increase`."""
        return self.samples.get((name, frozenset(labels.items())), 0.0)

    def total(self, name: str, **labels: str) -> int:
        """Return the sum of all samples of a name that have these labels, whatever others they have."""
        wanted = set(labels.items())
        return int(sum(v for (named, has), v in self.samples.items() if named == name and wanted <= has))

    def records(self, signal: Signal) -> dict[str, int]:
        """Return the records of a signal: received, rejected, and by outcome."""
        outcomes = {
            outcome: self.total("tokenlake_records_total", signal=signal, outcome=outcome)
            for outcome in ("accepted", "uncounted", "duplicate", "without_usage")
        }
        return {
            "received": self.total("tokenlake_received_records_total", signal=signal),
            "rejected": self.total("tokenlake_rejected_records_total", signal=signal),
            **outcomes,
        }

    def families(self) -> set[str]:
        """Return the names of all samples."""
        return {name for name, _ in self.samples}


def adds_up(records: Mapping[str, int]) -> bool:
    """Tell whether as many records were received as something became of."""
    return records["received"] == sum(number for name, number in records.items() if name != "received")
