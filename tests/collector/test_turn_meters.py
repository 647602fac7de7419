"""Turns at a lake are in `/metrics`; a file has none."""

from __future__ import annotations

from pathlib import Path

from harness.scrape import Scrape
from tokenlake_collector.meters import Meters
from tokenlake_collector.storage.ledger import Ledger


def test_a_turn_is_shown_with_its_wait() -> None:
    """One that was waited for 0.03 s and took 0.5 s, and one of 45 s, which a chore may take."""
    meters = Meters()
    meters.commits.turn(0.03, 0.5)
    meters.commits.turn(0.0, 45.0)
    shown = Scrape.of(meters.render().decode())

    assert 0.03 == shown.value("tokenlake_turn_wait_seconds_sum")
    assert 45.5 == shown.value("tokenlake_turn_held_seconds_sum")
    assert [1, 1, 2] == [
        shown.value("tokenlake_turn_held_seconds_bucket", le=le) for le in ("0.5", "30.0", "60.0")
    ]


def test_a_file_is_written_without_turns(tmp_path: Path) -> None:
    """Nobody else writes it: whoever watches is told nothing."""
    turns: list[tuple[float, float]] = []
    ledger = Ledger.open(tmp_path / "usage.duckdb")
    ledger.watch_turns(lambda waited, held: turns.append((waited, held)))
    ledger.transaction(lambda connection: connection.execute("SELECT 1").fetchall())
    ledger.close()

    assert [] == turns
