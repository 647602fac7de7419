"""Whatever the collector creates is for its owner alone, whatever the umask; what is there keeps its mode."""

from __future__ import annotations

from pathlib import Path

import httpx

from harness.collector_process import running_collector
from harness.otlp import SpanSpec, trace_bytes
from tokenlake_collector.storage.ledger import Ledger


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in sorted(folder.iterdir())}


def run_and_look(db: Path) -> dict[str, int]:
    """Store a span and return the modes while the collector runs."""
    with running_collector(db) as collector:
        headers = {"Content-Type": "application/x-protobuf"}
        reply = httpx.post(f"{collector.http}/v1/traces", content=trace_bytes(SpanSpec()), headers=headers)
        reply.raise_for_status()
        return modes(db.parent)


def test_a_new_ledger_and_its_log_are_for_their_owner_alone(tmp_path: Path) -> None:
    """Nobody else may read who asked which model what for."""
    db = tmp_path / "usage.duckdb"

    assert {"usage.duckdb": 0o600, "usage.duckdb.wal": 0o600} == run_and_look(db)
    assert {"usage.duckdb": 0o600} == modes(tmp_path)


def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    """Somebody gave it to a group on purpose; what is created beside it is still for its owner alone."""
    db = tmp_path / "usage.duckdb"
    Ledger.open(db).close()
    db.chmod(0o640)

    assert {"usage.duckdb": 0o640, "usage.duckdb.wal": 0o600} == run_and_look(db)
    assert {"usage.duckdb": 0o640} == modes(tmp_path)
