"""What the metrics say of doubtful rows."""

from __future__ import annotations

import pyarrow as pa

from tokenlake_collector.account.tally import Tally, tally


def test_counted_rows_without_a_price_and_flags_are_tallied() -> None:
    """Of five rows one has a cost, one no tokens, one is not counted: two are unpriced; flags are words."""
    rows = pa.table(
        {
            "input_tokens": [1, 0, 0, 1, 9],
            "output_tokens": [0, 1, 0, 0, 9],
            "estimated_cost": pa.array([None, None, None, 0.0, None], pa.float64()),
            "flags": pa.array(["invariant", "invariant,unsplit_cache", None, None, "invariant"], pa.string()),
            "reason": pa.array([None, None, None, None, "same_call"], pa.string()),
        }
    )

    assert Tally(2, {"invariant": 2, "unsplit_cache": 1}) == tally(rows)  # type: ignore[arg-type]  # a Counter equals a dict
    assert Tally() == tally(rows.slice(0, 0))
