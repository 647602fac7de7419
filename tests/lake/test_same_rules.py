"""The rules are the same on DuckLake: their tests pass there too.

Left out, because they look at more than the interface of a ledger:

- what never opens one: `test_decide*.py`, `test_overlaps.py`, `test_tally.py`, and all statistics that read a
  table which the test made itself;
- what reads or damages the file: backups, its write-ahead log, full disks, `tests/faults`;
- commands and collectors that run as processes of their own, which open a file by its name.
"""

from __future__ import annotations

import pytest

from harness.in_lake import passed

RULES = (
    "tests/account/test_doubles.py",
    "tests/account/test_horizon.py",
    "tests/account/test_hour_sums.py",
    "tests/account/test_pipelined.py",
    "tests/account/test_properties.py",
    "tests/account/test_remembering.py",
    "tests/account/test_reported_agent_logs.py",
    "tests/account/test_reported_copies.py",
    "tests/account/test_reported_failures.py",
    "tests/account/test_reported_inclusion.py",
    "tests/account/test_reported_only_agents.py",
    "tests/account/test_reported_reasoning.py",
    "tests/account/test_reported_signals.py",
    "tests/account/test_reported_totals.py",
    "tests/account/test_signal_properties.py",
    "tests/account/test_wrong_clocks.py",
    "tests/collector/test_ledger.py",
    "tests/queries/test_hours.py",
    "tests/queries/test_session_extent.py",
    "tests/retention/test_forget.py",
    "tests/retention/test_prune.py",
)

OF_A_FILE = (
    "tests/account/test_hour_sums.py::test_the_sums_of_an_older_version_get_their_hashes",
    "tests/account/test_hour_sums.py::test_what_comes_while_hours_are_summed_is_added_once",
    "tests/collector/test_ledger.py::test_rows_survive_closing_and_opening",
    "tests/retention/test_forget.py::test_a_backup_made_then_has_no_trace_of_the_name",
    "tests/retention/test_forget.py::test_only_apply_changes_anything",
)
"""Tests that open a file of DuckDB by themselves, or expect that work runs beside commits."""


@pytest.mark.debian
@pytest.mark.timeout(1200)
def test_the_rules_hold_on_a_lake() -> None:
    """Every test of accounting, duplicates, sums and retention that needs no file."""
    deselected = [f"--deselect={test}" for test in OF_A_FILE]
    passed("-p", "harness.on_lake", "-n", "2", "--dist", "loadfile", *deselected, *RULES)
