"""What docs/agents.md shows works as it stands: each way in ends as rows with session, user and channel."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import pytest

from harness.agents_page import examples
from harness.collector_process import CollectorProcess, clean_environment, running_collector

Row = tuple[str | None, str | None, str | None, int, int, int]


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[CollectorProcess]:
    """A collector that the examples report to."""
    with running_collector(tmp_path / "ledger.duckdb") as running:
        yield running


def succeed(*command: str, folder: Path) -> str:
    """Run a program of this environment to its end, in a folder; it must end well."""
    finished = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def environment(folder: Path) -> dict[str, str]:
    """Return variables under which the programs of this environment are found, and keep to the folder."""
    found = clean_environment()
    programs = os.pathsep.join([str(Path(sys.executable).parent), found["PATH"]])
    return {**found, "PATH": programs, "TOKENLAKE_SPOOL": str(folder / "spool")}


def run_example(title: str, collector: CollectorProcess, folder: Path) -> list[Row]:
    """Run the one Python example under a heading and return what was counted."""
    [program] = examples(title, "python", collector)
    (folder / "agent.py").write_text(program, encoding="utf-8")
    succeed(sys.executable, "-W", "error", "agent.py", folder=folder)
    return counted(collector)


def counted(collector: CollectorProcess) -> list[Row]:
    """Stop the collector and return session, user, channel, number of calls, input and output."""
    assert collector.stop() == 0
    with duckdb.connect(collector.db, read_only=True) as connection:
        return connection.execute(
            "SELECT session_id, user_id, channel, count(*), sum(input_tokens), sum(output_tokens) "
            "FROM token_usage GROUP BY ALL ORDER BY ALL"
        ).fetchall()


def test_environment_variables_alone(collector: CollectorProcess, tmp_path: Path) -> None:
    """An agent without a line of ours, started by `tokenlake run`, is counted for the variables' user."""
    [program] = examples("Environment only", "python")
    [commands] = examples("Environment only", "sh", collector)
    (tmp_path / "agent.py").write_text(program, encoding="utf-8")
    succeed("sh", "-euc", commands, folder=tmp_path)

    assert [(None, "alice", "nightly", 1, 1000, 500)] == counted(collector)


def test_a_script(collector: CollectorProcess, tmp_path: Path) -> None:
    """One call, on the books when the script has ended."""
    expected = [("session-of-alice", "alice", "telegram", 1, 1000, 500)]

    assert expected == run_example("In a script", collector, tmp_path)


def test_asyncio(collector: CollectorProcess, tmp_path: Path) -> None:
    """Two tasks that take turns keep their users apart."""
    expected = [
        ("session-of-alice", "alice", "web", 1, 1000, 500),
        ("session-of-bob", "bob", "web", 1, 2000, 500),
    ]

    assert expected == run_example("With asyncio", collector, tmp_path)


def test_a_thread_pool(collector: CollectorProcess, tmp_path: Path) -> None:
    """Three calls in two threads, 1,000 + 2,000 + 3,000 tokens, all for the one who asked."""
    expected = [("session-of-alice", "alice", "telegram", 3, 6000, 1500)]

    assert expected == run_example("In a thread pool", collector, tmp_path)


def test_forked_workers(collector: CollectorProcess, tmp_path: Path) -> None:
    """Workers that were forked after the start report what they did before they end."""
    expected = [
        ("session-of-alice", "alice", "queue", 2, 2000, 1000),
        ("session-of-bob", "bob", "queue", 1, 1000, 500),
    ]

    assert expected == run_example("In forked workers", collector, tmp_path)


def test_fastapi_with_the_middleware(collector: CollectorProcess, tmp_path: Path) -> None:
    """Each request is counted for the user whom its headers name."""
    [program] = examples("In FastAPI", "python", collector)
    (tmp_path / "agent.py").write_text(program, encoding="utf-8")
    with served(tmp_path) as address:
        for user in ("alice", "bob", "alice"):
            headers = {"x-session": f"session-of-{user}", "x-user": user}
            assert httpx.post(f"{address}/ask", headers=headers, trust_env=False).is_success

    expected = [
        ("session-of-alice", "alice", "web", 2, 2000, 1000),
        ("session-of-bob", "bob", "web", 1, 1000, 500),
    ]

    assert expected == counted(collector)


def test_embedded(tmp_path: Path) -> None:
    """Without a collector the same program prints 1,000 + 500 tokens from its own file."""
    [program] = examples("Embedded", "python")
    (tmp_path / "agent.py").write_text(program, encoding="utf-8")

    assert "1500\n" == succeed(sys.executable, "-W", "error", "agent.py", folder=tmp_path)


def test_plain_otlp_by_curl(collector: CollectorProcess, tmp_path: Path) -> None:
    """One request of OTLP/JSON, pasted as it is; cached and reasoning tokens are parts, not additions."""
    [command] = examples("Other languages", "sh", collector)

    assert "{}" == succeed("sh", "-euc", command, folder=tmp_path).strip()
    assert [("session-of-alice", "alice", "telegram", 1, 1000, 500)] == counted(collector)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve `agent:app` for the length of a block, and give its address."""
    uvicorn = [sys.executable, "-m", "uvicorn", "agent:app", "--port", "0", "--no-access-log"]
    with subprocess.Popen(
        uvicorn, cwd=folder, env=environment(folder), stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        try:
            yield next(filter(None, (_address(line) for line in server.stderr)))
        finally:
            server.terminate()
            server.communicate(timeout=30)


def _address(line: str) -> str | None:
    match = re.search(r"running on (http://\S+)", line)
    return match[1] if match else None
