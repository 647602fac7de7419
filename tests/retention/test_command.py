"""`tokenlake prune`: it counts, and deletes when told to."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from harness.console import console
from harness.ledger_rows import insert_rows
from tokenlake_collector.storage.ledger import Ledger


def test_only_apply_deletes(tmp_path: Path) -> None:
    """In the zone: 23:30 UTC on New Year's Eve is the new year in Berlin."""
    db = tmp_path / "usage.duckdb"
    ledger = Ledger.open(db)
    moments = [datetime(2025, 12, 31, 22, 30), datetime(2025, 12, 31, 23, 30)]
    ledger.transaction(lambda c: insert_rows(c, [{"timestamp": moment} for moment in moments]))
    ledger.close()
    options = ("prune", "--before", "2026-01-01", "--timezone", "Europe/Berlin", "--db", db)
    counted, deleted, none_left = console(*options), console(*options, "--apply"), console(*options)

    assert [0, 0, 0] == [run.returncode for run in (counted, deleted, none_left)]
    assert "Nothing was changed; --apply deletes them.\n" == counted.stderr
    assert [["1", "0", "0"], ["1", "0", "0"], ["0", "0", "0"]] == [
        run.stdout.splitlines()[-2].split() for run in (counted, deleted, none_left)
    ]


def test_a_day_is_wanted(tmp_path: Path) -> None:
    """A time within a day is refused: whole days are kept or deleted."""
    run = console("prune", "--before", "2026-01-01T12:00", "--db", tmp_path / "usage.duckdb")

    expected = "tokenlake: --before '2026-01-01T12:00': write a day such as 2026-01-01\n"
    assert (2, expected) == (run.returncode, run.stderr)
