"""Several collectors on one ledger, as if they were one server: what they use, and how their turns went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from server import Server, collecting

from harness.scrape import Scrape

WAIT = "tokenlake_turn_wait_seconds"
HELD = "tokenlake_turn_held_seconds"
COMMITS = "tokenlake_commit_seconds"
RECORDS = "tokenlake_transaction_records"


@dataclass(frozen=True, slots=True)
class Fleet:
    """Collectors that share a ledger."""

    servers: tuple[Server, ...]

    @property
    def target(self) -> str:
        """Where a gRPC client sends that spreads its requests over all."""
        return "ipv4:" + ",".join(server.grpc for server in self.servers)

    def cpu_seconds(self) -> float:
        """Return the CPU time of all so far."""
        return sum(server.cpu_seconds() for server in self.servers)

    def memory_mib(self) -> float:
        """Return the largest sizes of all so far, added up."""
        return sum(server.memory_mib() for server in self.servers)

    def scrape(self) -> Histograms:
        """Return what all have observed so far."""
        texts = [
            httpx.get(f"http://{server.http}/metrics").raise_for_status().text for server in self.servers
        ]
        samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        for text in texts:
            for key, value in Scrape.of(text).samples.items():
                samples[key] = samples.get(key, 0.0) + value
        return Histograms(samples)


@dataclass(frozen=True, slots=True)
class Histograms:
    """Prometheus' histograms of several processes, added up."""

    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    def since(self, before: Histograms) -> Histograms:
        """Return what was observed after another moment."""
        return Histograms({key: value - before.samples.get(key, 0.0) for key, value in self.samples.items()})

    def count(self, name: str) -> float:
        """Return how much was observed."""
        return self.samples.get((f"{name}_count", frozenset()), 0.0)

    def sum(self, name: str) -> float:
        """Return the sum of what was observed."""
        return self.samples.get((f"{name}_sum", frozenset()), 0.0)

    def quantile(self, name: str, share: float) -> float:
        """Return what a share of all stays below, as Prometheus does: evenly spread within a bucket."""
        buckets = sorted(
            (float(dict(labels)["le"]), value)
            for (named, labels), value in self.samples.items()
            if named == f"{name}_bucket"
        )
        below, floor, wanted = 0.0, 0.0, share * self.count(name)
        for ceiling, up_to in buckets:
            if up_to >= wanted and up_to > below:
                return (
                    floor
                    if ceiling == float("inf")
                    else floor + (ceiling - floor) * (wanted - below) / (up_to - below)
                )
            below, floor = up_to, ceiling
        return 0.0


@contextmanager
def fleet(db: Path | str, collectors: int, *options: str) -> Iterator[Fleet]:
    """Run so many collectors on one ledger."""
    with ExitStack() as stack:
        yield Fleet(tuple(stack.enter_context(collecting(db, *options)) for _ in range(collectors)))
