"""A migration that is killed goes on where it was."""

from __future__ import annotations

import re
from pathlib import Path

from harness.console import console
from harness.migrating import calls_ledger, digest_of, kill_at

ROWS, HOURLY = 600_000, 30_000
"""Seven hours of 30,000 rows are the first to hold over 200,000: steps of 210,000, 210,000 and 180,000."""

# The first step is committed when this is said, and the second one begins.
SECOND = re.compile("moving rows, 210,000 of ")


def begins_to_move(line: str) -> bool:
    return line.startswith("moving rows, 0 of ")


def begins_its_second_step(line: str) -> bool:
    return SECOND.match(line) is not None


def test_killed_twice(tmp_path: Path) -> None:
    """In the middle of steps: the third run moves what was not committed, and all is there once."""
    source, target = tmp_path / "source.duckdb", tmp_path / "target.duckdb"
    calls_ledger(source, ROWS, HOURLY)
    options = ("--from", source, "--to", target)
    kill_at(begins_to_move, *options)
    kill_at(begins_its_second_step, *options)
    last = console("migrate", *options)
    moved = re.search(r"([\d,]+) rows moved", last.stdout)

    assert 0 == last.returncode, last.stderr
    assert moved is not None
    assert int(moved[1].replace(",", "")) <= ROWS - 210_000
    assert ROWS == digest_of(target)["token_usage"][0][0]
    assert digest_of(source) == digest_of(target)
