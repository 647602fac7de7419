from pathlib import Path
from textwrap import dedent

import pytest

from harness.otlp_sink import grpc_sink, http_sink
from harness.python_process import succeed

PROGRAM = """
import multiprocessing, os, sys, threading
from concurrent.futures import ProcessPoolExecutor
from tokenlake import init_token_tracking, record_usage, tracking_context
from tokenlake.lifetime.tracking import flush_token_tracking

def work(name):
    record_usage(model=name, input_tokens=1)

def work_alone(name):
    init_token_tracking(sys.argv[1])
    work(name)

if __name__ == "__main__":
    init_token_tracking(sys.argv[1])
    work("parent")
    {body}
"""

BODIES = {
    "a worker that leaves by sys.exit": (
        """
        flush_token_tracking()
        if os.fork() == 0:
            work("child")
            sys.exit()
        os.wait()
        """,
        ["chat child", "chat parent"],
    ),
    "several workers of a server that forks before it serves": (
        """
        for number in range(3):
            if os.fork() == 0:
                work(f"child{number}")
                sys.exit()
        for _ in range(3):
            os.wait()
        """,
        ["chat child0", "chat child1", "chat child2", "chat parent"],
    ),
    "a fork of multiprocessing": (
        """
        process = multiprocessing.get_context("fork").Process(target=work, args=("child",))
        process.start(); process.join()
        """,
        ["chat child", "chat parent"],
    ),
    "a fork in which another thread held the lock": (
        """
        from tokenlake.lifetime import tracking
        with tracking._tracker._lock:
            if os.fork() == 0:
                work("child")
                sys.exit()
        os.wait()
        """,
        ["chat child", "chat parent"],
    ),
    "a process that multiprocessing spawns": (
        """
        process = multiprocessing.get_context("spawn").Process(target=work_alone, args=("child",))
        process.start(); process.join()
        """,
        ["chat child", "chat parent"],
    ),
    "a pool that is terminated": (
        """
        with multiprocessing.get_context("fork").Pool(2) as pool:
            pool.map(work, ["child0", "child1"])
        """,
        ["chat child0", "chat child1", "chat parent"],
    ),
    "an executor of processes": (
        """
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
            list(pool.map(work, ["child0", "child1"]))
        """,
        ["chat child0", "chat child1", "chat parent"],
    ),
}


@pytest.mark.parametrize("title", BODIES)
@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_calls_of_child_processes_arrive_once_each(title: str, scheme: str, tmp_path: Path) -> None:
    """The parent's call is sent by the parent alone, and the last calls of workers are not lost."""
    body, expected = BODIES[title]
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.replace("    {body}", "    " + dedent(body).strip().replace("\n", "\n    ")))
    with (http_sink if scheme == "http" else grpc_sink)() as sink:
        succeed(path, f"{scheme}://{sink.address}")

        assert expected == sorted(sink.names)
