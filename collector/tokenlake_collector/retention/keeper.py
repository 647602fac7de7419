"""Prunes the ledger of a running collector, once a day."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.retention.prune import day_start, prune
from tokenlake_collector.storage.ledger import Ledger

EVERY_S = 600.0
"""How often it is asked whether a day is over: a machine that slept through midnight is not late for long."""

_log = logging.getLogger(__name__)


def kept_from(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the first moment (naive UTC) that is kept: the beginning of the day `days` before today's."""
    today = day_start(now, zone)
    # From the middle of a day: days are 23 to 25 hours long.
    return day_start(today + timedelta(hours=12) - timedelta(days=days), zone)


class Keeper:
    """Keeps today and a number of whole days before it, on a thread of its own while a ledger is open."""

    def __init__(self, ledger: Ledger, days: int, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._days = days
        self._zone = zone
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tokenlake-retention", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when the pruning that runs, if any, is over."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        pruned = None
        while True:
            before = kept_from(datetime.now(UTC).replace(tzinfo=None), self._days, self._zone)
            if before != pruned and self._ledger.leads() and self._prune(before):
                pruned = before
            if self._stopping.wait(EVERY_S):
                return

    def _prune(self, before: datetime) -> bool:
        try:
            rows = prune(self._ledger, before)
        except (CommitFailed, duckdb.Error) as error:
            _log.warning("old rows could not be pruned, it will be tried again: %s", error)
            return False
        _log.info("pruned", extra={"fields": {"before": before.isoformat(), **rows}})
        return True
