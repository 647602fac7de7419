"""A lock file, so that of several processes that share a spool one sends it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a network file system without locks: as on Windows
            return True
        return True

    def _unlock(descriptor: int) -> None:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)

except (
    ImportError
):  # Windows: all send, which costs work and harms nothing, as the collector counts a span once

    def _lock(descriptor: int) -> bool:  # noqa: ARG001  # as above
        return True

    def _unlock(descriptor: int) -> None:
        """Do nothing."""


class DrainLock:
    """Held by one process at a time; the kernel gives it back when that one dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @contextmanager
    def holding(self) -> Iterator[bool]:
        """Try to hold it for the length of the block, without waiting, and tell whether we do.

        Raises:
            OSError: when the file cannot be opened.
        """
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield _lock(self._descriptor)
        finally:
            self._release()

    def forked(self) -> None:
        """Close the child's copy, which would keep the lock when the parent is killed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _release(self) -> None:
        if self._descriptor is None:
            return
        # Not by closing alone: a child that was forked just now has the same open file.
        _unlock(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
