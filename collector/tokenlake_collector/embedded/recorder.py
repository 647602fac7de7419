"""The recorder of a file: the collector's way of a span, from its bytes to the commit, in this process."""

from __future__ import annotations

import logging
import os
import threading
from functools import partial
from pathlib import Path

import duckdb

from tokenlake.lifetime.tracking import flush_token_tracking
from tokenlake_collector.embedded.held import AT_THE_END, Batch, Held
from tokenlake_collector.embedded.private_file import open_private, prepare_files, remove_temporary_folder
from tokenlake_collector.ingest import Accepted, Ingest
from tokenlake_collector.meters import Meters
from tokenlake_collector.prices import OwnPrices, PriceBook
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.database import Database
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries import LedgerLocked
from tokenlake_queries.sources import add_recorder, remove_recorder

_log = logging.getLogger(__name__)


class Recorder:
    """Writes one ledger file; any thread may use it, but only in the process that opened it."""

    def __init__(self, path: Path, prices: str | None) -> None:
        """Open or create the file, and let queries in this process read it.

        Args:
            path: the file, absolute and without links.
            prices: a TOML file with own prices.

        Raises:
            StartupError: a file cannot be used; the message says why and what to do.
            OSError: the file cannot be created.
        """
        self.path = path
        self.pid = os.getpid()
        book = PriceBook(OwnPrices.read(prices) if prices else None)
        self._ledger = Ledger(Database(partial(open_private, path)), path)
        self._ingest = Ingest(self._ledger, Meters(), book)
        self._writing = threading.Lock()
        self._held = Held()
        self._closed = False
        add_recorder(self)

    @property
    def is_inherited(self) -> bool:
        """Whether this process was forked from the one that opened the file: it must not touch it then."""
        return self.pid != os.getpid()

    @property
    def remedy(self) -> str:
        """What to do when more than one process has something to write or to ask."""
        return one_process_only(self.path, self.pid)

    def store(self, batch: Batch) -> bool:
        """Return whether a batch is durable now; else it is kept and tried again with the next one."""
        with self._writing:
            if self._closed:
                self._held.lose(batch, AT_THE_END)
            elif self._commit(batch):
                self._held.retry(self._commit)
                return True
            else:
                self._held.add(batch)
            return False

    def retry(self) -> bool:
        """Try again what could not be committed; return whether nothing is left."""
        with self._writing:
            return self._held.retry(self._commit)

    def reading(self) -> duckdb.DuckDBPyConnection:
        """Return a connection that sees all that was reported in this process until now.

        Raises:
            LedgerLocked: this process was forked from the one that writes.
        """
        if self.is_inherited:
            raise LedgerLocked(self.remedy)
        flush_token_tracking()
        self.retry()
        return self._ledger.cursor()

    def close(self) -> None:
        """Commit what is left, write a checkpoint and release the file."""
        remove_recorder(self)
        with self._writing:
            self._closed = True
            self._held.finish(self._commit)
            self._ledger.close()
            remove_temporary_folder(self.path)

    def _commit(self, batch: Batch) -> bool:
        try:
            prepare_files(self.path)
            (outcome,) = self._ingest.process(Signal.TRACES, [batch.payload])
        except Exception:  # noqa: BLE001  # no fault of ours may cost an agent its spans, nor reach it
            _log.exception("a batch of %d spans could not be stored; it will be tried again", batch.spans)
            return False
        return isinstance(outcome, Accepted)


def one_process_only(path: Path, holder: int) -> str:
    """Return what to tell a process about a file that another one, with this PID, writes."""
    return (
        f"process {holder} writes {path}, and only one can: run `tokenlake serve --db {path}` instead "
        'and call init_token_tracking("http://127.0.0.1:4318") in every process'
    )
