"""Recorded traffic of real instrumentations gives its true totals in embedded mode too."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.captures import Case, cases
from tokenlake_collector.embedded.held import Batch
from tokenlake_collector.embedded.recorder import Recorder
from tokenlake_queries import get_token_total

# The others have log records alone, which no exporter of spans sees.
TRACED = [case for case in cases() if case.traces]


@pytest.mark.parametrize("recorded", [pytest.param(case, id=case.name) for case in TRACED])
def test_a_capture_gives_its_true_totals(recorded: Case, tmp_path: Path) -> None:
    """Calls, errors, input, output, cache and reasoning tokens equal what the providers reported."""
    recorder = Recorder(tmp_path / "usage.duckdb", None)
    stored = [recorder.store(Batch(payload, 0)) for payload in recorded.traces]
    found = get_token_total()
    recorder.close()
    # The truth's calls are the successful ones.
    found["calls"] -= found["errors"]

    tolerance = recorded.truth.get("totals_tolerance") or {}
    wrong = {
        name: (recorded.totals[name], found[name])
        for name in found.keys() & recorded.totals.keys()
        if recorded.totals[name] is not None
        and abs(recorded.totals[name] - found[name]) > tolerance.get(name, 0)
    }

    assert all(stored)
    assert {"calls", "errors", "input_tokens", "output_tokens"} <= found.keys() & recorded.totals.keys()
    assert {} == wrong
