"""A flush before SIGTERM ends the process, which Python's exit handlers do not see."""

import _thread
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Final

# Docker kills after 10 s; a collector that answers takes milliseconds.
_DEADLINE_S: Final = 5.0


def flush_on_sigterm(flush: Callable[[float], object]) -> None:
    """Flush before SIGTERM ends the process, where nobody else handles it.

    The process still dies of the signal, so whoever waits for it sees the same status. A handler that the
    application has, or sets later, takes its place. Does nothing outside the main thread, which alone can
    set handlers.

    Args:
        flush: is told how many seconds it has; must not raise.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return

    def die(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a handler
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second SIGTERM ends the process at once
        run_within(partial(flush, _DEADLINE_S), _DEADLINE_S)
        os.kill(os.getpid(), signal.SIGTERM)
        # Still here: the first process of a container survives its own SIGTERM.
        signal.signal(signal.SIGTERM, die)

    signal.signal(signal.SIGTERM, die)


def run_within(action: Callable[[], object], deadline_s: float) -> None:
    """Run an action on a thread of its own and wait this many seconds at most.

    The code that a signal handler interrupts may hold any lock, the action's and threading's own among them:
    waiting for it without a deadline, or starting a `threading.Thread`, could stop the process for ever.
    """
    done = _thread.allocate_lock()
    done.acquire()

    def act() -> None:
        try:
            action()
        finally:
            done.release()

    _thread.start_new_thread(act, ())
    done.acquire(timeout=deadline_s)
