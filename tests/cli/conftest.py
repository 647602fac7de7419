"""Three known calls, in a file that nobody holds and in a collector that wants tokens."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.collector_process import running_collector
from harness.known_calls import INGEST, READ, Ledgers, send, spans


@pytest.fixture(scope="session")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledgers]:
    folder = tmp_path_factory.mktemp("terminal")
    db = folder / "usage.duckdb"
    with running_collector(db) as collector:
        # Half a minute ago: `top` looks at the last minutes.
        send(collector, *spans(time.time_ns() - 30_000_000_000))
    file = Path(shutil.copy(db, folder / "stopped.duckdb"))
    tokens = folder / "tokens"
    tokens.touch(0o600)
    tokens.write_text(f"read {READ}\ningest {INGEST}\n")
    with running_collector(db, "--tokens", str(tokens)) as collector:
        yield Ledgers(file, collector)
