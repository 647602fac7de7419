"""kill -9 at random moments under load, again and again.

    PYTHONPATH=tests python chaos/kills.py --rounds 200

Several series, each with a file of its own. In some the write-ahead log is kept so small that most commits
also write a checkpoint, which a kill then hits as often as anything else.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from harness.chaos_table import row
from harness.kill_rounds import KillReport, KillRounds
from harness.stored_spans import difference, nothing_wrong

_SERIES = 50
"""Kills of one file: it grows to some hundred thousand rows."""

_CHECKPOINT_KIB = (None, 256, None, 2_048)
"""Size of the log at which a commit writes a checkpoint, by series; None is the default."""


def main() -> None:
    """Kill a number of times, and print what is lost or there twice."""
    arguments = _arguments()
    kills = starting = acknowledged = lost = duplicated = 0
    for number, begun in enumerate(range(0, arguments.rounds, _SERIES)):
        rounds = min(_SERIES, arguments.rounds - begun)
        report, wrong = _series(
            rounds, arguments.seed + number, _CHECKPOINT_KIB[number % 4], arguments.longest_s
        )
        kills += report.kills
        starting += report.kills_while_starting
        acknowledged += sum(batch.spans for batch in report.acknowledged)
        lost, duplicated = lost + wrong[0], duplicated + wrong[1]
    print(row("`kill -9` under load", f"{kills} kills", acknowledged, lost, duplicated))
    print(
        row(
            "`kill -9` during a start (in the same runs)", f"{starting} kills", acknowledged, lost, duplicated
        )
    )
    if lost or duplicated:
        raise SystemExit(1)


def _series(
    rounds: int, seed: int, checkpoint_kib: int | None, longest_s: float
) -> tuple[KillReport, tuple[int, int]]:
    """Run one series; it must end with the exact totals."""
    print(
        f"series of {rounds} kills, --seed {seed}, checkpoint at {checkpoint_kib or 'default'} KiB",
        flush=True,
    )
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "usage.duckdb"
        report = KillRounds(db, seed, checkpoint_kib=checkpoint_kib).run(rounds, longest_s)
        found = difference(db, report.acknowledged)
        took = time.monotonic() - begun
        print(
            f"  {len(report.acknowledged)} batches, {report.refused} failed sendings, {took:.0f} s: {found}",
            flush=True,
        )
    if report.exit_code or found != nothing_wrong(report.acknowledged):
        print(
            f"  WRONG, exit code {report.exit_code}, expected {nothing_wrong(report.acknowledged)}",
            flush=True,
        )
        return report, (max(found.lost, 1), found.duplicated)
    return report, (0, 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest-s", type=float, default=4.0, help="longest time from a start to a kill")
    return parser.parse_args()


if __name__ == "__main__":
    main()
