"""Tracking in the processes that this one starts."""

import os
from collections.abc import Callable
from multiprocessing.util import Finalize, register_after_fork


def run_in_forks(start: Callable[[], None]) -> None:
    """Run this at the start of every process that is forked off from now on; it must not raise."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=start)


def finish_in_workers(finish: Callable[[], None]) -> None:
    """Run this at the end of every process that `multiprocessing` starts, where `atexit` is not heeded."""
    _finish_at_the_end(finish)
    # A worker forgets what was arranged so far, then does this.
    register_after_fork(finish, _finish_at_the_end)


def _finish_at_the_end(finish: Callable[[], None]) -> None:
    Finalize(None, finish, exitpriority=0)
