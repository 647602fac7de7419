import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.otlp_sink import http_sink
from harness.zero_code import launch
from tokenlake.lifetime.termination import flush_on_sigterm, run_within

WAITING = """
import signal, sys, threading
from tokenlake import init_token_tracking, record_usage
{before}
init_token_tracking(sys.argv[1])
record_usage(model="m", input_tokens=1)
{after}
print("ready", flush=True)
sys.stdin.read()
print("went on", flush=True)
"""


def ended_by_sigterm(address: str, before: str = "", after: str = "", **variables: str) -> tuple[int, str]:
    """Send SIGTERM to a waiting program that made a call; return its exit status and what it printed then."""
    program = WAITING.format(before=before, after=after)
    with launch([sys.executable, "-c", program, f"http://{address}"], variables) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=30)
        return process.returncode, printed


def test_sigterm_flushes_and_the_process_still_dies_of_it() -> None:
    """The call arrives, and whoever waits for the process sees the signal."""
    with http_sink() as sink:
        status, _ = ended_by_sigterm(sink.address)

        assert (-signal.SIGTERM, ["chat m"]) == (status, sink.names)


def test_sigterm_while_the_collector_is_away_leaves_the_call_in_the_spool() -> None:
    """The process dies within its deadline, and the next one can send what it had."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        status, _ = ended_by_sigterm(f"127.0.0.1:{silent.getsockname()[1]}")

    assert -signal.SIGTERM == status
    assert 1 == len(list(Path(os.environ["TOKENLAKE_SPOOL"]).rglob("*.otlp")))


def test_the_flush_can_be_switched_off() -> None:
    """With TOKENLAKE_SIGTERM_FLUSH=off the process dies as it would without us."""
    with http_sink() as sink:
        status, _ = ended_by_sigterm(sink.address, TOKENLAKE_SIGTERM_FLUSH="off")

        assert (-signal.SIGTERM, []) == (status, sink.names)


HANDLER = "signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(7))"


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_handler_of_the_application_stays_in_charge(place: str) -> None:
    """Set before or after init, it decides how the process ends; the exit flushes."""
    with http_sink() as sink:
        status, _ = ended_by_sigterm(sink.address, **{place: HANDLER})

        assert (7, ["chat m"]) == (status, sink.names)


def test_a_process_that_ignores_sigterm_goes_on_ignoring_it() -> None:
    """SIG_IGN is no default action and is left alone."""
    with http_sink() as sink:
        status, printed = ended_by_sigterm(sink.address, "signal.signal(signal.SIGTERM, signal.SIG_IGN)")

        assert (0, "went on\n") == (status, printed)


def test_init_in_another_thread_sets_no_handler() -> None:
    """Only the main thread can; tracking works all the same, and the default action is untouched."""
    before = (
        "thread = threading.Thread(target=init_token_tracking, args=sys.argv[1:])\n"
        "thread.start(); thread.join(); assert signal.SIG_DFL is signal.getsignal(signal.SIGTERM)\n"
        "init_token_tracking = lambda target: None"
    )
    with http_sink() as sink:
        status, _ = ended_by_sigterm(sink.address, before)

        assert (-signal.SIGTERM, []) == (status, sink.names)


def survive(pid: int, number: int) -> None:
    """Stand in for os.kill in the first process of a container."""


def test_a_first_process_that_survives_its_signal_flushes_again_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pid 1 of a container does not die of its own SIGTERM: the handler is in place again afterwards."""
    monkeypatch.setattr(os, "kill", survive)
    flushed: list[float] = []
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        flush_on_sigterm(flushed.append)
        for _ in range(2):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)

    expected = 2

    assert expected == len(flushed)


def test_a_flush_that_hangs_costs_its_deadline() -> None:
    """What the interrupted code holds is never waited for without end."""
    held = threading.Lock()
    with held:
        run_within(held.acquire, deadline_s=0.05)


def test_a_second_signal_does_not_wait() -> None:
    """While the flush runs, the default action is back."""
    seen: list[object] = []
    flush: Callable[[float], object] = lambda _: seen.append(signal.getsignal(signal.SIGTERM))  # noqa: E731
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "kill", survive)
            flush_on_sigterm(flush)
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert [signal.SIG_DFL] == seen
