"""The commands on a file, beside a running collector, and against it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.captures import cases
from harness.collector_process import CollectorProcess, running_collector
from harness.console import console
from harness.importing import import_files
from harness.otlp_files import json_lines, protobuf
from harness.table import contents, store_recorded
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.transfer import files_below

REQUESTS = [request for case in cases() for request in case.requests]


@pytest.fixture
def recorded() -> Iterator[Ledger]:
    """What a collector holds that received all recorded runs."""
    ledger = Ledger.open(":memory:")
    store_recorded(ledger, REQUESTS)
    yield ledger
    ledger.close()


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[CollectorProcess]:
    """An empty collector that returns few rows at once and wants no token."""
    with running_collector(tmp_path / "usage.duckdb", "--sql-max-rows", "60") as running:
        yield running


def test_a_round_trip_through_a_running_collector(
    collector: CollectorProcess, recorded: Ledger, tmp_path: Path
) -> None:
    """Imported over HTTP, twice, and exported from it page by page: the same rows as if received once."""
    telemetry = tmp_path / "telemetry.binpb"
    telemetry.write_bytes(protobuf(REQUESTS))
    runs = [console("import", telemetry, "--url", collector.http) for _ in range(2)]
    exported = console("export", tmp_path / "archive", "--db", collector.db, TOKENLAKE_URL=collector.http)
    ledger = Ledger.open(":memory:")
    import_files(ledger, files_below(tmp_path / "archive"))

    assert [f"{telemetry}: {len(REQUESTS)} messages taken\n"] * 2 == [run.stdout for run in runs]
    assert (0, "") == (exported.returncode, exported.stderr)
    assert contents(recorded) == contents(ledger)
    ledger.close()


def test_rows_go_into_a_file_only(collector: CollectorProcess, tmp_path: Path) -> None:
    """A collector takes OTLP; its file takes rows once it has stopped."""
    path = tmp_path / "usage.parquet"
    path.write_bytes(b"PAR1")
    run = console("import", path, "--url", collector.http)
    held = console("import", path, "--db", collector.db)
    both = console("import", path, "--db", collector.db, "--url", collector.http)

    assert 2 == run.returncode
    assert "stop the collector and import into its file with --db\n" == run.stderr[-54:]
    assert (2, True) == (held.returncode, "in use by another process" in held.stderr)
    assert (2, True) == (both.returncode, "name one of them" in both.stderr)


def test_a_token_is_asked_for_by_its_name(tmp_path: Path) -> None:
    """Without one nothing is taken; with it all is."""
    telemetry = tmp_path / "telemetry.jsonl"
    telemetry.write_bytes(json_lines(REQUESTS[:1]))
    tokens = tmp_path / "tokens"
    token = secrets.token_hex(20)
    tokens.write_text(f"ingest {token}\n")
    with running_collector(tmp_path / "usage.duckdb", "--tokens", str(tokens)) as collector:
        refused = console("import", telemetry, "--url", collector.http)
        taken = console("import", telemetry, "--url", collector.http, TOKENLAKE_INGEST_TOKEN=token)

    assert 2 == refused.returncode
    assert refused.stderr.endswith("set TOKENLAKE_INGEST_TOKEN\n")
    assert (0, f"{telemetry}: 1 messages taken\n") == (taken.returncode, taken.stdout)


def test_what_was_not_imported_is_told(tmp_path: Path) -> None:
    """On stderr by file and line, twenty of them; the exit code is 1, and the next file is imported."""
    bad, good = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    bad.write_bytes(b"{}\n" * 25)
    good.write_bytes(json_lines(REQUESTS[:1]))
    run = console("import", tmp_path, "--db", tmp_path / ".usage.duckdb")
    lines = run.stderr.splitlines()

    assert (1, 21) == (run.returncode, len(lines))
    assert f"{bad}:1: has none of resourceSpans, resourceLogs and resourceMetrics" == lines[0]
    assert f"{bad}: 5 more like these" == lines[-1]
    assert run.stdout.splitlines()[0].endswith("0 rejected; 25 not imported")
    assert run.stdout.splitlines()[1].startswith(f"{good}: 1 messages with ")


def test_nobody_answers(tmp_path: Path) -> None:
    """One line with a remedy."""
    telemetry = tmp_path / "telemetry.jsonl"
    telemetry.write_bytes(json_lines(REQUESTS[:1]))
    run = console("import", telemetry, "--url", "http://127.0.0.1:1")

    assert 2 == run.returncode
    assert run.stderr.endswith("start it (tokenlake serve), or correct --url\n")
    assert 1 == len(run.stderr.splitlines())
