"""Where an import goes: into a ledger file that nobody else has open, or into a running collector."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from tokenlake_collector.account.pricing import Prices
from tokenlake_collector.ingest import Ingest
from tokenlake_collector.meters import Meters
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.transfer.errors import TransferError
from tokenlake_collector.transfer.groups import Send, import_messages
from tokenlake_collector.transfer.kinds import Kind
from tokenlake_collector.transfer.messages import Problem, read_messages
from tokenlake_collector.transfer.parquet_rows import parquet_batches
from tokenlake_collector.transfer.posting import Posting
from tokenlake_collector.transfer.rows import Imported, RowImport
from tokenlake_collector.transfer.sqlite_rows import sqlite_batches

One = TypeVar("One")

Report: TypeAlias = Callable[[Problem], None]
"""Is told what was not imported."""


class Target(Protocol):
    """Takes one file after another."""

    def add(self, path: Path, kind: Kind, report: Report) -> str:
        """Import what can be imported of a file, and return in words what became of it.

        Raises:
            TransferError: nothing more of it can be imported.
            CommitFailed: what is behind that moment is not stored.
        """
        ...


class FileTarget:
    """An open ledger: what OTLP reports is decided and priced as in a collector, rows stay as they are."""

    def __init__(self, ledger: Ledger, prices: Prices, rows: RowImport, zone: ZoneInfo) -> None:
        self._meters = Meters()
        self._ingest = Ingest(ledger, self._meters, prices)
        self._rows = rows
        self._zone = zone

    def add(self, path: Path, kind: Kind, report: Report) -> str:
        """Import a file of any kind."""
        if kind is Kind.OTLP:
            return self._add_messages(path, report)
        found = parquet_batches(path) if kind is Kind.PARQUET else sqlite_batches(path, self._zone)
        done = sum((self._rows.insert(batch) for batch in _reported(found, report)), Imported())
        old = f", {done.pruned:,} from before what this ledger keeps" if done.pruned else ""
        return f"{done.new:,} new rows, {done.known:,} known already{old}"

    def _add_messages(self, path: Path, report: Report) -> str:
        before = self._meters.records.totals()
        messages = _send(path, self._ingest.process, report)
        after = self._meters.records.totals()
        records = {name: number - before[name] for name, number in after.items()}
        received = records.pop("received")
        outcomes = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in records.items())
        return f"{messages:,} messages with {received:,} records: {outcomes}"


class CollectorTarget:
    """A running collector; it takes OTLP only."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._posting = Posting(url)

    def add(self, path: Path, kind: Kind, report: Report) -> str:
        """Send a file of OTLP."""
        if kind is not Kind.OTLP:
            raise TransferError(
                f"{path}: {kind} rows cannot be sent to {self._url}: stop the collector and import into its "
                "file with --db"
            )
        return f"{_send(path, self._posting.send, report):,} messages taken"


def _send(path: Path, send: Send, report: Report) -> int:
    """Return how many messages were taken."""
    return sum(_reported(import_messages(read_messages(path), send), report))


def _reported(found: Iterable[One | Problem], report: Report) -> Iterator[One]:
    """Tell of the problems, and yield the rest."""
    for one in found:
        if isinstance(one, Problem):
            report(one)
        else:
            yield one
