"""Embedded mode in processes of their own: two lines, ends of all kinds, and who else may have the file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from harness.python_process import run_python, succeed
from tokenlake_collector.embedded import open_embedded

HOLDER = """
import os, signal, sys
from tokenlake import init_token_tracking, record_usage
from tokenlake_queries import get_token_total

init_token_tracking(sys.argv[1])
record_usage(model="gpt-5", input_tokens=1000, output_tokens=500)
print(get_token_total()["total_tokens"], flush=True)
signal.pause()
"""
"""Stores a call, says so, and goes on holding the file."""


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "usage.duckdb"


def calls_and_tokens(db: Path) -> tuple[int, int]:
    """Open a file that must be free, and look."""
    with duckdb.connect(db, read_only=True) as connection:
        query = "SELECT count(*), sum(input_tokens + output_tokens)::BIGINT FROM token_usage"
        ((calls, tokens),) = connection.execute(query).fetchall()
    return calls, tokens


def test_a_call_is_in_the_statistics_at_once(db: Path) -> None:
    """Two lines and a question: nothing of it waits for a batch, and the exit releases the file."""
    program = """
        import sys
        from tokenlake import init_token_tracking, record_usage
        from tokenlake_queries import get_token_summary

        init_token_tracking(sys.argv[1])
        for _ in range(3):
            record_usage(model="gpt-5", endpoint_name="openai", input_tokens=1000, output_tokens=500)
            print([(row["endpoint_name"], row["calls"], row["total_tokens"]) for row in get_token_summary()])
    """

    expected = "[('openai', 1, 1500)]\n[('openai', 2, 3000)]\n[('openai', 3, 4500)]\n"

    assert expected == succeed(program, str(db))
    assert (3, 4500) == calls_and_tokens(db)


def test_the_async_twin_sees_it_at_once_too(db: Path) -> None:
    """Also while other tasks report calls."""
    program = """
        import asyncio, sys
        from tokenlake import init_token_tracking, record_usage
        from tokenlake_queries import async_get_token_total

        async def agent():
            record_usage(model="gpt-5", input_tokens=10, output_tokens=1)
            return (await async_get_token_total())["calls"]

        async def main():
            seen = await asyncio.gather(*(agent() for _ in range(20)))
            print(min(seen) >= 1, max(seen), (await async_get_token_total())["total_tokens"])

        init_token_tracking(sys.argv[1])
        asyncio.run(main())
    """

    assert "True 20 220\n" == succeed(program, str(db))


def test_the_collector_is_loaded_only_for_a_file(db: Path) -> None:
    """Importing the exporter and sending to a collector load no DuckDB; a file does."""
    program = """
        import sys
        from tokenlake import init_token_tracking
        heavy = {"duckdb", "pyarrow", "tokenlake_collector", "tokenlake_queries"}
        print(sorted(heavy & sys.modules.keys()))
        init_token_tracking("http://127.0.0.1:9")
        print(sorted(heavy & sys.modules.keys()))
        init_token_tracking(sys.argv[1])
        print(sorted(heavy & sys.modules.keys()))
    """

    expected = f"[]\n[]\n{sorted(['duckdb', 'pyarrow', 'tokenlake_collector', 'tokenlake_queries'])}\n"

    assert expected == succeed(program, str(db))


def test_the_process_stays_the_applications(db: Path) -> None:
    """The collector's part sets no signal handler, no log handler and no umask, and prints nothing."""
    program = """
        import logging, os, signal, sys
        from pathlib import Path

        def state():
            umask = os.umask(0o022)
            os.umask(umask)
            handlers = [signal.getsignal(one) for one in sorted(signal.valid_signals())]
            loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
            ours = [one for one in loggers if one.name.startswith(("root", "tokenlake"))]
            return umask, handlers, {one.name: (one.level, one.handlers) for one in ours if one.handlers}

        before = state()
        from tokenlake_collector.embedded import open_embedded
        exporter = open_embedded(Path(sys.argv[1]))
        during = state()
        exporter.shutdown()
        print(before == during)
    """

    assert "True\n" == succeed(program, str(db))


def test_another_file_closes_the_first(db: Path, tmp_path: Path) -> None:
    """Init again on another file: the calls before it are in the first, which is free for any DuckDB."""
    program = """
        import sys
        import duckdb
        from tokenlake import init_token_tracking, record_usage
        from tokenlake_queries import get_token_total

        init_token_tracking(sys.argv[1])
        record_usage(model="gpt-5", input_tokens=1, output_tokens=1)
        init_token_tracking(sys.argv[2])
        record_usage(model="gpt-5", input_tokens=10, output_tokens=10)
        with duckdb.connect(sys.argv[1]) as connection:
            print(connection.execute("SELECT sum(input_tokens)::BIGINT FROM token_usage").fetchall())
        print(get_token_total()["input_tokens"])
    """

    assert "[(1,)]\n10\n" == succeed(program, str(db), str(tmp_path / "other.duckdb"))


def test_a_relative_path_stays_the_same_file(tmp_path: Path) -> None:
    """The application may change its folder after init."""
    program = """
        import os, sys
        from tokenlake import init_token_tracking, record_usage
        from tokenlake_queries import get_token_total

        os.chdir(sys.argv[1])
        init_token_tracking("usage.duckdb")
        os.chdir("/")
        record_usage(model="gpt-5", input_tokens=1, output_tokens=1)
        print(get_token_total()["calls"])
    """

    assert "1\n" == succeed(program, str(tmp_path))
    assert (1, 2) == calls_and_tokens(tmp_path / "usage.duckdb")


@pytest.fixture
def holder(db: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has stored one call of 1,500 tokens and holds the file."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(db)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "1500\n" == process.stdout.readline()
        yield process
        process.kill()


def test_a_killed_process_loses_nothing_that_was_committed(db: Path, holder: subprocess.Popen[str]) -> None:
    """After `kill -9` the file opens, by DuckDB and by another init, with what was read before."""
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    open_embedded(db).shutdown()

    assert (1, 1500) == calls_and_tokens(db)


def test_a_second_process_is_told_who_holds_the_file(db: Path, holder: subprocess.Popen[str]) -> None:
    """The error names the holder's process, the command to run and the call to make."""
    program = """
        import sys
        from tokenlake import init_token_tracking
        from tokenlake.errors import EmbeddedModeError
        try:
            init_token_tracking(sys.argv[1])
        except EmbeddedModeError as error:
            print(error)
    """

    expected = (
        f"process {holder.pid} writes {db}, and only one can: run `tokenlake serve --db {db}` instead "
        'and call init_token_tracking("http://127.0.0.1:4318") in every process\n'
    )

    assert expected == succeed(program, str(db))
    holder.kill()
    holder.wait()
    assert (1, 1500) == calls_and_tokens(db)


def test_a_refused_file_leaves_the_running_target(db: Path, tmp_path: Path) -> None:
    """A second init that fails changes nothing."""
    program = """
        import sys
        from tokenlake import init_token_tracking, record_usage
        from tokenlake.errors import EmbeddedModeError
        from tokenlake_queries import get_token_total

        init_token_tracking(sys.argv[1])
        try:
            init_token_tracking(sys.argv[2])
        except EmbeddedModeError as error:
            print(type(error).__name__)
        record_usage(model="gpt-5", input_tokens=1, output_tokens=1)
        print(get_token_total()["calls"])
    """

    assert "EmbeddedModeError\n1\n" == succeed(program, str(db), str(tmp_path / "missing" / "usage.duckdb"))


def test_without_the_extra_the_error_says_what_to_install(db: Path) -> None:
    """What the collector needs and is not there ends in one sentence that can be pasted."""
    program = """
        import sys
        sys.modules["duckdb"] = None
        from tokenlake import init_token_tracking
        init_token_tracking(sys.argv[1])
    """

    finished = run_python(program, str(db))

    assert 1 == finished.returncode
    assert "EmbeddedModeError" in finished.stderr.splitlines()[-1]
    assert "pip install 'tokenlake[collector]'" in finished.stderr.splitlines()[-1]
    assert not db.exists()
