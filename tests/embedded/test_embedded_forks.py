"""Processes that are forked off after init never touch the file, never hang, and are told what to do."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from harness.python_process import run_python
from harness.repository import ROOT

REMEDY = 'run `tokenlake serve --db {db}` instead and call init_token_tracking("http://127.0.0.1:4318")'

LIBRARY = """
import logging, os, sys
from pathlib import Path

logging.basicConfig(format="%(message)s")


def fork(work):
    pid = os.fork()
    if pid == 0:
        work()
        # Through the interpreter's whole end, as workers of gunicorn do.
        sys.exit(7)
    return pid


def code_of(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


"""
"""How a parent here makes a child and waits for its exit status."""


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "usage.duckdb"


def run(program: str, db: Path) -> tuple[str, list[str]]:
    """Return what a program prints, and the lines that it logs; it must end well."""
    finished = run_python(LIBRARY + program, str(db), environ={"PYTHONPATH": str(ROOT / "tests")})

    assert finished.returncode == 0, finished.stderr

    return finished.stdout, finished.stderr.splitlines()


def calls_in(db: Path) -> int:
    with duckdb.connect(db, read_only=True) as connection:
        return int(connection.execute("SELECT count(*) FROM token_usage").fetchall()[0][0])


def test_a_forked_worker_is_told_once_what_to_do(db: Path) -> None:
    """Its calls are not stored and not half stored; it ends in its own way, and the parent goes on."""
    program = """
from tokenlake import init_token_tracking, record_usage
from tokenlake_queries import get_token_total

def work():
    for _ in range(3):
        record_usage(model="gpt-5", input_tokens=1, output_tokens=1)

init_token_tracking(sys.argv[1])
record_usage(model="gpt-5", input_tokens=1, output_tokens=1)
print(get_token_total()["calls"], code_of(fork(work)))
record_usage(model="gpt-5", input_tokens=1, output_tokens=1)
print(get_token_total()["calls"])
"""

    printed, logged = run(program, db)

    assert "1 7\n2\n" == printed
    assert 1 == len([line for line in logged if REMEDY.format(db=db) in line])
    assert [] == [line for line in logged if "nanobind" in line]
    assert 2 == calls_in(db)


def test_what_a_forked_process_exports_is_counted(db: Path) -> None:
    """The exporter says the remedy at the first span and the number of lost ones at its end."""
    program = """
from harness.embedded import calls
from tokenlake_collector.embedded import open_embedded

exporter = open_embedded(Path(sys.argv[1]))

def work():
    print([exporter.export(calls(number)).name for number in (2, 3)], exporter.lost, flush=True)
    exporter.shutdown()

print(code_of(fork(work)), exporter.export(calls(1)).name)
exporter.shutdown()
"""

    printed, logged = run(program, db)

    assert "['FAILURE', 'FAILURE'] 5\n7 SUCCESS\n" == printed
    assert [True, False] == [REMEDY.format(db=db) in line for line in logged]
    assert re.fullmatch(r"5 spans of the forked process \d+ were not stored", logged[1])
    assert 1 == calls_in(db)


@pytest.mark.parametrize("source", ["None", "sys.argv[1]"])
def test_a_forked_process_cannot_read_the_file(source: str, db: Path) -> None:
    """Neither by default nor by its name; the error names the parent and the remedy."""
    program = f"""
from harness.embedded import embedded
from tokenlake_queries import LedgerLocked, get_token_total

def work():
    try:
        get_token_total(source={source})
    except LedgerLocked as error:
        print(str(error).startswith(f"process {{os.getppid()}} writes "), error, flush=True)

with embedded(Path(sys.argv[1])):
    code_of(fork(work))
"""

    printed, _ = run(program, db)

    assert printed.startswith("True ")
    assert REMEDY.format(db=db) in printed


def test_a_forked_process_cannot_init_the_parents_file(db: Path) -> None:
    """An init of its own on the same file is refused; on another file it works."""
    program = """
from tokenlake import init_token_tracking, record_usage
from tokenlake.errors import EmbeddedModeError
from tokenlake_queries import get_token_total

def work():
    try:
        init_token_tracking(sys.argv[1], headers={"any": "other setting"})
    except EmbeddedModeError as error:
        print(str(error).startswith(f"process {os.getppid()} writes "), flush=True)
    init_token_tracking(sys.argv[1] + ".of-the-child")
    record_usage(model="gpt-5", input_tokens=1, output_tokens=1)
    print(get_token_total()["calls"], flush=True)

init_token_tracking(sys.argv[1])
print(code_of(fork(work)))
"""

    printed, _ = run(program, db)

    assert "True\n1\n7\n" == printed
    assert [0, 1] == [calls_in(db), calls_in(db.with_name(f"{db.name}.of-the-child"))]


def test_workers_of_multiprocessing_end(db: Path) -> None:
    """A pool that is forked in the middle of a run does its work, and the parent's calls are all there."""
    program = """
import multiprocessing
from tokenlake import init_token_tracking, record_usage
from tokenlake_queries import get_token_total

def work(number):
    record_usage(model="gpt-5", input_tokens=1, output_tokens=1)
    return number * number

init_token_tracking(sys.argv[1])
record_usage(model="gpt-5", input_tokens=1, output_tokens=1)
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(work, range(4)))
    pool.close()
    pool.join()
print(get_token_total()["calls"])
"""

    printed, logged = run(program, db)

    assert "[0, 1, 4, 9]\n1\n" == printed
    assert [] != [line for line in logged if REMEDY.format(db=db) in line]


def test_forks_in_the_middle_of_commits_harm_nobody(db: Path) -> None:
    """Ten children, each made while other threads store and read: all end, and all 200 calls are there."""
    program = """
from concurrent.futures import ThreadPoolExecutor
from harness.embedded import calls, embedded
from tokenlake_queries import get_token_total

batches = [calls(2) for _ in range(100)]
with embedded(Path(sys.argv[1])) as exporter, ThreadPoolExecutor(3) as pool:
    storing = [pool.submit(exporter.export, batch) for batch in batches]
    reading = pool.submit(get_token_total)
    print({code_of(fork(lambda: exporter.export(batches[0]))) for _ in range(10)})
    print({one.result().name for one in storing}, reading.result()["errors"])
"""

    printed, _ = run(program, db)

    assert "{7}\n{'SUCCESS'} 0\n" == printed
    assert 200 == calls_in(db)
