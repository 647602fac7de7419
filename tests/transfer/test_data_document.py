"""What docs/data.md shows runs, in its order, on a ledger of recorded traffic."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from harness.captures import cases
from harness.command_line import calls_in
from harness.console import console
from harness.markdown import Document
from harness.otlp_files import json_lines
from harness.repository import ROOT
from harness.table import store_recorded
from harness.tracker import tracker_file
from tokenlake_collector.storage.ledger import Ledger

DOCUMENT = Document.read(ROOT / "docs" / "data.md")
NEEDS_MORE = {"serve", "--url", "migrate"}
"""A collector, or PostgreSQL; tests/transfer, tests/retention and tests/migrate have these."""


def shown() -> list[list[str]]:
    calls = [call for block in DOCUMENT.blocks if block.language == "sh" for call in calls_in(block.text)]
    return [call for call in calls if NEEDS_MORE.isdisjoint(call)]


def test_every_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each ends well; then the Python beside them reads what they exported."""
    monkeypatch.chdir(tmp_path)
    requests = [request for case in cases() for request in case.requests]
    ledger = Ledger.open("usage.duckdb")
    store_recorded(ledger, requests)
    ledger.close()
    Path("traces.jsonl").write_bytes(json_lines(requests))
    tracker_file(Path("tracker.db"), [{"timestamp": "2026-03-01 10:00:00", "input_tokens": 1000}])
    failed = [shlex.join(call) for call in shown() if console(*call).returncode != 0]
    [program] = [block.text for block in DOCUMENT.blocks if block.language == "python"]
    exec(program, {})  # noqa: S102 - what the document shows

    assert 9 == len(shown())
    assert [] == failed
    assert "tokens" in capfd.readouterr().out
