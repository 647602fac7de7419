"""A disk without room: no file of a process may grow beyond a size."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator

_UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def limit_files(largest: int, process: int = 0) -> None:
    """Let no file of a process (0: this one) grow beyond a number of bytes: then writing fails (EFBIG)."""
    resource.prlimit(process or os.getpid(), resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))


def lift_limit(process: int = 0) -> None:
    """Let files grow again."""
    resource.prlimit(process or os.getpid(), resource.RLIMIT_FSIZE, _UNLIMITED)


@contextlib.contextmanager
def files_limited(largest: int) -> Iterator[None]:
    """Let no file of this process grow beyond a number of bytes within a block."""
    limit_files(largest)
    try:
        yield
    finally:
        lift_limit()
