"""Whatever is sent, a ledger is only read: over HTTP, on the command line, and in the guard alone."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from harness.collector_process import CollectorProcess
from harness.console import console
from harness.sql_escapes import ESCAPES, escape
from tokenlake_collector.cli.sql_source import answer
from tokenlake_collector.live_sql import Refused, check

QUESTION = "SELECT count(*) AS n FROM token_usage"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ESCAPES)
def test_the_guard_refuses(name: str, folder: Path) -> None:
    """Before anything reaches a database with data in it."""
    with pytest.raises(Refused):
        check(escape(name, folder))


@pytest.mark.parametrize("name", ESCAPES)
def test_a_collector_refuses(name: str, folder: Path, collector: CollectorProcess) -> None:
    """422 with a reason that quotes no file; no file is made, and the collector answers on."""
    before = names(folder)
    reply = httpx.post(f"{collector.http}/sql", content=escape(name, folder), timeout=20)

    assert 422 == reply.status_code, reply.text
    assert "secret\n" not in reply.text
    assert before == names(folder)
    assert 200 == httpx.post(f"{collector.http}/sql", content=QUESTION).status_code


@pytest.mark.parametrize("name", ESCAPES)
def test_the_command_refuses_for_a_file(name: str, folder: Path, file: Path) -> None:
    """A file is behind the same guard: what is learnt at one place holds at the other."""
    before, content = names(folder), file.read_bytes()
    with pytest.raises(Refused):
        answer(str(file), escape(name, folder))

    assert before == names(folder)
    assert content == file.read_bytes()


@pytest.mark.parametrize("name", ["read_csv", "a CTE that deletes", "two statements"])
def test_the_command_says_so_in_one_line(name: str, folder: Path, collector: CollectorProcess) -> None:
    """One line on stderr, exit code 2, nothing on stdout."""
    result = console("sql", "--url", collector.http, escape(name, folder))

    assert (2, "", 1) == (result.returncode, result.stdout, len(result.stderr.splitlines())), result.stderr
