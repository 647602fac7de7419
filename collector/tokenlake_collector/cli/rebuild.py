"""`tokenlake rebuild`: make the sums by hour again from the rows."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import typer

from tokenlake_collector.cli.money import LedgerFile
from tokenlake_collector.cli.source import DEFAULT_DB
from tokenlake_collector.storage.hours.sealing import LATE, forget_sums, seal
from tokenlake_collector.storage.ledger import Ledger


def rebuild(db: LedgerFile = DEFAULT_DB) -> None:
    """Sum the hours of a ledger again, after rows were changed by SQL; no collector may hold it.

    Example: tokenlake rebuild --db usage.duckdb
    """
    with closing(Ledger.open(db)) as ledger:
        ledger.transaction(forget_sums)
        rows = seal(ledger, datetime.now(UTC).replace(tzinfo=None) - LATE)
    typer.echo(f"{rows:,} rows are summed by hour", err=True)
