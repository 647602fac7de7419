"""The directory in which batches wait for a collector that is away."""

import os
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from tokenlake.delivery.drain_lock import DrainLock
from tokenlake.delivery.entry import SUFFIX, Entry
from tokenlake.delivery.settings import SpoolSettings
from tokenlake.delivery.statistics import DeliveryCounters, Drop

_DAMAGED: Final = ".damaged"
_LOCK: Final = "drain.lock"
# A file takes whole blocks on the disk. This also bounds how many small ones there are: 65,536 in 256 MiB.
_BLOCK: Final = 4096


class Spool:
    """Files of OTLP requests, one a batch, oldest first; processes may share the directory.

    A file appears under its name with all its content (temporary file, rename), so it survives `kill -9`. It
    is not fsynced: that would cost a disk's latency for each batch of a burst, and a power cut also takes the
    seconds that are still in memory. A file that the power cut tore has another checksum, and is set aside.
    """

    def __init__(self, settings: SpoolSettings, counters: DeliveryCounters) -> None:
        self._directory = settings.path
        self._max_bytes = settings.max_bytes
        self._counters = counters
        self._lock = DrainLock(settings.path / _LOCK)
        # Our own estimate, so that a full listing is needed only now and then.
        self._used: int | None = None
        self._unlisted = 0

    def prepare(self) -> None:
        """Make the directory, for this user only, and see that it can be written.

        Raises:
            OSError: when it cannot.
        """
        self._directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory.mkdir(mode=0o700, exist_ok=True)
        trial = self._directory / f".trial-{os.getpid()}.tmp"
        trial.touch(mode=0o600)
        trial.unlink()

    def append(self, entry: Entry, content: bytes) -> bool:
        """Write a batch, dropping the oldest ones where there is no room; False when it alone is too large.

        Raises:
            OSError: when it cannot be written.
        """
        size = _on_disk(len(content))
        if not self._make_room(size):
            return False
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)  # somebody may clear it away
        temporary = self._directory / f".{entry.name}.tmp"
        try:
            temporary.write_bytes(content)
            temporary.replace(self._directory / entry.name)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        self._used = (self._used or 0) + size
        self._unlisted += size
        return True

    def entries(self) -> list[Entry]:
        """Return what waits, oldest first, whoever wrote it."""
        return sorted(filter(None, (Entry.parse(item.name) for item in self._listing())))

    def read(self, entry: Entry) -> bytes | None:
        """Return the content of an entry; None when it is gone, or was damaged and is now set aside."""
        path = self._directory / entry.name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        if entry.is_whole(content):
            return content
        self.set_aside(entry)
        return None

    def remove(self, entry: Entry) -> None:
        """Forget an entry."""
        (self._directory / entry.name).unlink(missing_ok=True)

    def set_aside(self, entry: Entry) -> None:
        """Keep a damaged file for whoever wants to look at it; the next ones are not held up."""
        path = self._directory / entry.name
        path.replace(path.with_name(entry.name + _DAMAGED))
        self._counters.dropped(Drop.DAMAGED, entry.spans)

    def draining(self) -> AbstractContextManager[bool]:
        """Tell whether this process may send for the length of the block: one of those that share it may."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._lock.holding()

    def forked(self) -> None:
        """Let go of what belongs to the parent."""
        self._lock.forked()

    def _make_room(self, size: int) -> bool:
        # Others write here too, unseen until the next listing: after each sixteenth of the bound.
        if (
            self._used is None
            or self._used + size > self._max_bytes
            or self._unlisted > self._max_bytes // 16
        ):
            files = self._files()
            self._used, self._unlisted = sum(_on_disk(length) for _, length in files), 0
            for path, length in files:
                if self._used + size <= self._max_bytes:
                    break
                self._drop(path, length)
                self._used -= _on_disk(length)
        return self._used + size <= self._max_bytes

    def _files(self) -> list[tuple[Path, int]]:
        """List what takes up room, oldest first, with sizes in bytes."""
        found = []
        for item in self._listing():
            if item.name.endswith((SUFFIX, _DAMAGED, ".tmp")):
                with suppress(FileNotFoundError):  # another process has sent or dropped it
                    found.append((item.name.lstrip("."), Path(item.path), item.stat().st_size))
        return [(path, length) for _, path, length in sorted(found)]

    def _listing(self) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._directory) as items:
                return list(items)
        except FileNotFoundError:
            return []

    def _drop(self, path: Path, length: int) -> None:
        entry = Entry.parse(path.name)
        try:
            path.unlink()
        except FileNotFoundError:
            return
        if entry is not None:
            self._counters.dropped(Drop.SPOOL_FULL, entry.spans, length)


def _on_disk(length: int) -> int:
    return -(-length // _BLOCK) * _BLOCK
