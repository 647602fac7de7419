"""What `/metrics` shows of the ledger, looked up at every scrape."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import disk_usage
from time import monotonic

import duckdb
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.write_ahead_log import damaged_logs, log_of

TABLES = ("token_usage", "token_usage_uncounted", "trace_spans")

_COUNTING_SHARE = 0.01
"""The share of one core that counting rows may take: 50 million take 0.2 s."""


class LedgerGauges(Collector):
    """Rows, sizes and condition of one ledger.

    A scrape never fails because the database does: what cannot be read is left out.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rows: dict[str, int] = {}
        self._count_again = 0.0

    def collect(self) -> Iterator[Metric]:
        """Look at the ledger; called at each scrape."""
        yield _gauge("commits_failing", "1 from a failed commit until one succeeds.", self._ledger.failing)
        yield from self._of_rows()
        if self._ledger.path is not None:
            with suppress(OSError):
                yield from _of_files(self._ledger.path)

    def _of_rows(self) -> Iterator[Metric]:
        begun = monotonic()
        if begun >= self._count_again:
            self._rows = self._counted()
            ended = monotonic()
            self._count_again = ended + (ended - begun) / _COUNTING_SHARE
        if self._rows:
            family = GaugeMetricFamily("tokenlake_rows", "Rows in each table.", labels=["table"])
            for table, number in self._rows.items():
                family.add_metric([table], number)
            yield family

    def _counted(self) -> dict[str, int]:
        """Count the rows of all tables as of one moment; {} where the database does not answer."""
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
        with suppress(duckdb.Error), self._ledger.cursor() as cursor:
            (numbers,) = cursor.execute(f"SELECT {counts}").fetchall()
            return dict(zip(TABLES, numbers, strict=True))
        return {}


def _of_files(path: Path) -> Iterator[Metric]:
    log = log_of(path)
    aside = "Damaged write-ahead logs that were set aside or copied."
    yield _gauge("file_bytes", "Size of the ledger file.", path.stat().st_size)
    yield _gauge("wal_bytes", "Size of the write-ahead log.", log.stat().st_size if log.exists() else 0)
    yield _gauge("free_bytes", "Room on the ledger's disk.", disk_usage(path.parent).free)
    yield _gauge("damaged_logs", aside, len(damaged_logs(path)))


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tokenlake_{name}", meaning, value=value)
