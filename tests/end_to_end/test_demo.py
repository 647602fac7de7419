"""`tokenlake demo` does the main job on real input and says whether the numbers are exact."""

from __future__ import annotations

import re
import subprocess
import sys

from harness.captures import cases
from harness.collector_process import clean_environment
from tokenlake_collector.demo.live_agent import CALLS


def test_the_demo_prints_the_true_totals() -> None:
    """Input and output tokens are those of the truth files plus the agent's own three calls."""
    replayed = cases()
    input_tokens = sum(recorded.totals["input_tokens"] for recorded in replayed) + sum(c[2] for c in CALLS)
    output_tokens = sum(recorded.totals["output_tokens"] for recorded in replayed) + sum(c[3] for c in CALLS)
    result = subprocess.run(
        [sys.executable, "-m", "tokenlake_collector", "demo"],
        capture_output=True,
        text=True,
        env=clean_environment() | {"COLUMNS": "160"},
        timeout=60,
        check=False,
    )
    shown = re.sub(r"\s+", " ", result.stdout)

    assert 0 == result.returncode, result.stderr
    assert f"In the ledger: {input_tokens:,} and {output_tokens:,}. exact" in shown
    assert [] == [
        title for title in ("Total", "By model", "By hour", "Sessions", "Go on") if title not in shown
    ]
    assert f"{input_tokens + output_tokens:,}" in shown
