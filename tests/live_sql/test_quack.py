"""DuckDB's remote protocol with the real extension: two processes, during ingest, and no escape."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.collector_process import clean_environment
from harness.console import console
from harness.free_ports import free_port
from harness.integration_environment import integration_environment
from harness.otlp import SpanSpec, trace_bytes
from harness.sql_escapes import ESCAPES, escape

TOKEN = "r" * 16
CLIENT = Path(__file__).with_name("quack_client.py")


class Served:
    """A collector with the protocol, and a way to ask it from another process."""

    def __init__(self, python: Path, http: str, quack: str, folder: Path) -> None:
        self.http, self.folder = http, folder
        self._command = [str(python), str(CLIENT), quack, TOKEN]

    def ask(self, *statements: str) -> list[Any]:
        finished = subprocess.run(
            self._command,
            input=json.dumps(statements),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        answers: list[Any] = json.loads(finished.stdout)
        return answers

    def send(self, first: int, count: int) -> None:
        spans = [SpanSpec(span_id=number, trace_id=number) for number in range(first, first + count)]
        headers = {"Content-Type": "application/x-protobuf", "Authorization": f"Bearer {'i' * 16}"}
        content = trace_bytes(*spans)
        httpx.post(f"{self.http}/v1/traces", content=content, headers=headers).raise_for_status()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("quack")
    (folder / "secret.csv").write_text("a\n1\n")
    python = integration_environment("quack").folder / "bin" / "python"
    quack = f"127.0.0.1:{free_port()}"
    ports = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--quack", quack]
    process = subprocess.Popen(
        [python, "-m", "tokenlake_collector", "serve", "--db", folder / "usage.duckdb", *ports],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment() | {"TOKENLAKE_READ_TOKEN": TOKEN, "TOKENLAKE_INGEST_TOKEN": "i" * 16},
    )
    with process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield Served(python, line.rsplit("HTTP ", 1)[1].strip(), quack, folder)
        finally:
            process.terminate()


@pytest.mark.integrations
@pytest.mark.timeout(600)
def test_another_duckdb_reads_what_was_just_stored(served: Served) -> None:
    """100 spans, then 50 more: each time the client sees all of them, by every way of asking."""
    asked = (
        "SELECT count(*) FROM u.token_usage",
        "FROM u.query($$SELECT count(*) FROM token_usage$$)",
        "SELECT sum(calls)::BIGINT FROM u.daily_usage",
    )
    served.send(1, 100)
    first = served.ask(*asked)
    served.send(101, 50)
    second = served.ask(*asked)

    assert [[[100]]] * 3 == first
    assert [[[150]]] * 3 == second


@pytest.mark.integrations
@pytest.mark.timeout(600)
def test_no_escape_over_the_remote_protocol(served: Served) -> None:
    """Every one of the list is refused, and no file is made; the collector answers afterwards."""
    # NUL ends a statement in the client already.
    statements = [escape(name, served.folder) for name in ESCAPES if "\0" not in ESCAPES[name]]
    before = sorted(path.name for path in served.folder.iterdir())
    answers = served.ask(*(f"FROM u.query($escape${text}$escape$)" for text in statements))
    passed = [text for text, answer in zip(statements, answers, strict=True) if not isinstance(answer, str)]

    assert [] == passed
    assert before == sorted(path.name for path in served.folder.iterdir())
    assert [[[1]]] == served.ask("FROM u.query($$SELECT 1$$)")


@pytest.mark.integrations
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO u.token_usage (model) VALUES ('mine')",
        "DELETE FROM u.token_usage",
        "DROP TABLE u.token_usage",
        "CREATE TABLE u.mine AS SELECT 1",
        "FROM u.trace_spans",
    ],
)
def test_an_attached_ledger_is_only_read(statement: str, served: Served) -> None:
    """What the client turns into statements of its own goes through the same guard."""
    (answer,) = served.ask(statement)

    assert isinstance(answer, str)


@pytest.mark.parametrize(
    ("address", "token", "words"),
    [
        ("127.0.0.1:9494", "", "set TOKENLAKE_READ_TOKEN"),
        ("127.0.0.1:0", TOKEN, "name one"),
        ("0.0.0.0:9494", TOKEN, "tunnel"),
    ],
)
def test_what_is_missing_for_it_is_said(address: str, token: str, words: str, tmp_path: Path) -> None:
    """One line, exit code 2, and no ledger is made."""
    db = tmp_path / "usage.duckdb"
    result = console("serve", "--db", db, "--quack", address, TOKENLAKE_READ_TOKEN=token)

    assert (2, True) == (result.returncode, words in result.stderr), result.stderr
    assert not db.exists()
