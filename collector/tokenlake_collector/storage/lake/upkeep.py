"""Keep the files of a lake few and young: one collector of all does it, under the same lock as commits.

Each commit leaves a file of its own for each table. A day of them, thirty a second, would be millions, and a
question opens them all.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.storage.ledger import Ledger

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """A statement, and how often it is due, in seconds; `repeated` until it finds nothing left to do."""

    name: str
    every_s: float
    statement: str
    repeated: bool = False


CHORES = (
    # Two sizes: if young files joined the large ones at once, each minute would write these again.
    Chore(
        "merge young files",
        60,
        "FROM ducklake_merge_adjacent_files(current_database(), max_file_size => 16000000)",
    ),
    # One new file in a turn, as others wait meanwhile: 5 to 8 µs a row.
    Chore(
        "merge files",
        3600,
        "FROM ducklake_merge_adjacent_files(current_database(), max_compacted_files => 1)",
        repeated=True,
    ),
    Chore(
        "rewrite files with deleted rows",
        3600,
        "FROM ducklake_rewrite_data_files(current_database(), delete_threshold => 0.1)",
    ),
    # Counted, because the snapshots' times would need pytz.
    Chore(
        "expire snapshots",
        3600,
        "SELECT count(*) FROM ducklake_expire_snapshots(current_database(), "
        "older_than => now() - INTERVAL 1 DAY)",
    ),
    # Not at once: somebody may be reading them.
    Chore(
        "delete files of expired snapshots",
        3600,
        "SELECT count(*) FROM ducklake_cleanup_old_files(current_database(), "
        "older_than => now() - INTERVAL 1 HOUR)",
    ),
    # What a killed collector left. Never younger ones: they may be those of a commit that is under way.
    Chore(
        "delete orphaned files",
        86_400,
        "SELECT count(*) FROM ducklake_delete_orphaned_files(current_database(), "
        "older_than => now() - INTERVAL 1 DAY)",
    ),
)


class Upkeep:
    """Does the chores of a shared ledger on a thread of its own, while this collector leads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._due = {chore.name: time.monotonic() + chore.every_s for chore in CHORES}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tokenlake-upkeep", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when the chore that runs, if any, is done."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(min(chore.every_s for chore in CHORES)):
            for chore in CHORES:
                if time.monotonic() >= self._due[chore.name] and self._ledger.leads():
                    self._due[chore.name] = time.monotonic() + chore.every_s
                    self._do(chore)

    def _do(self, chore: Chore) -> None:
        try:
            do(self._ledger, chore, self._stopping.is_set)
        except (CommitFailed, duckdb.Error) as error:
            _log.warning("could not %s, it will be tried again: %s", chore.name, error)


def do(ledger: Ledger, chore: Chore, stopping: Callable[[], bool] = lambda: False) -> None:
    """Do a chore now, a repeated one turn by turn until nothing is left to do or it is time to stop.

    Raises:
        CommitFailed: the last turn did nothing.
    """
    while ledger.transaction(lambda connection: connection.execute(chore.statement).fetchall()):
        if not chore.repeated or stopping():
            return
