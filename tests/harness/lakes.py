"""Ledgers on DuckLake, and collectors that share one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.captures import Request
from harness.emptied import Emptied, database_of
from harness.postgres import PostgreSQL
from harness.table import prices
from tokenlake_collector.account.accounting import Accounting
from tokenlake_collector.ingest import Accepted, Ingest
from tokenlake_collector.meters import Meters
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Collector:
    """What a collector has of a ledger that it shares."""

    ledger: Ledger
    ingest: Ingest

    @property
    def accounting(self) -> Accounting:
        """What plans and stores."""
        return self.ingest._accounting

    def store(self, *requests: Request) -> None:
        """Store requests in their order, one transaction each; all of them must be accepted."""
        for request in requests:
            (outcome,) = self.ingest.process(request.signal, [request.payload])
            assert isinstance(outcome, Accepted), outcome

    def store_traces(self, *payloads: bytes) -> None:
        """Store requests of traces."""
        self.store(*(Request(Signal.TRACES, payload) for payload in payloads))


class Lakes:
    """Gives out the names of empty ledgers."""

    def __init__(self, postgres: PostgreSQL, folder: Path) -> None:
        """Take a running server, and a folder for the data of all of them."""
        name = postgres.new_ledger()
        Ledger.open(name, data_path=str(folder)).close()
        self._databases = Emptied(postgres, name)
        self._postgres = postgres

    @contextmanager
    def ledger(self) -> Iterator[str]:
        """Give the name of an empty ledger, for the length of a block."""
        yield self._databases.take()
        self._databases.give_back()

    @contextmanager
    def collectors(self, number: int) -> Iterator[list[Collector]]:
        """Open an empty ledger in some collectors, for the length of a block."""
        with self.ledger() as name, collectors_of(name, number) as opened:
            yield opened

    def cut_lock(self, name: str) -> None:
        """End the connection of whoever has a lock in the catalogue of a ledger, as a network may."""
        ended = self._postgres.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            f"AND database = (SELECT oid FROM pg_database WHERE datname = '{database_of(name)}')"
        )
        assert [(True,)] == ended


@contextmanager
def collectors_of(name: str, number: int) -> Iterator[list[Collector]]:
    """Open a ledger in some collectors, for the length of a block."""
    opened: list[Collector] = []
    try:
        for _ in range(number):
            ledger = Ledger.open(name)
            opened.append(Collector(ledger, Ingest(ledger, Meters(), prices())))
        yield opened
    finally:
        for collector in opened:
            collector.ledger.close()
