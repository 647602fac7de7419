"""kill -9 at random moments under load: what was acknowledged is there, once, without anybody's help."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.kill_rounds import KillRounds
from harness.stored_spans import difference, nothing_wrong

SEED = 20_261_124


@pytest.mark.timeout(240)
def test_nothing_acknowledged_is_lost_or_doubled_by_kills_under_load(tmp_path: Path) -> None:
    """Five kills: every report is stored once, the totals are those of the traffic, every start succeeds.

    The log is kept small, so that many commits write a checkpoint, which may be hit too.
    """
    db = tmp_path / "usage.duckdb"
    report = KillRounds(db, SEED, checkpoint_kib=256).run(rounds=5, longest_s=1.5)

    assert 0 == report.exit_code
    assert [db] == list(tmp_path.iterdir())
    assert report.refused > 0
    assert len(report.acknowledged) > 0
    assert nothing_wrong(report.acknowledged) == difference(db, report.acknowledged)
