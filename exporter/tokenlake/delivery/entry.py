"""One file of the spool, by its name, which says all that is to be known without opening it."""

import os
import re
import secrets
import time
import zlib
from dataclasses import dataclass
from typing import Final

SUFFIX: Final = ".otlp"
_NAME: Final = re.compile(
    r"(?P<sequence>\d{20})-(?P<owner>[0-9a-f]{8})-(?P<spans>\d+)-(?P<crc>[0-9a-f]{8})\.otlp"
)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A batch in the spool; entries sort by age.

    Attributes:
        sequence: nanoseconds since 1970 when the batch was made, each number once in a process.
        owner: the process that wrote it, as random digits: containers that share a directory share pids.
        spans: how many, so that dropping a file can count them.
        checksum: CRC-32 of the content, since nothing is fsynced (see `Spool`).
    """

    sequence: int
    owner: str
    spans: int
    checksum: int

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.sequence:020d}-{self.owner}-{self.spans}-{self.checksum:08x}{SUFFIX}"

    @classmethod
    def parse(cls, name: str) -> "Entry | None":
        """Return the entry of a file name; None when it is not one of ours."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        return cls(int(found["sequence"]), found["owner"], int(found["spans"]), int(found["crc"], 16))

    def is_whole(self, content: bytes) -> bool:
        """Tell whether this is what was written."""
        return zlib.crc32(content) == self.checksum


class Sequence:
    """Gives the batches of one process their place in the order; call it from one thread at a time."""

    def __init__(self) -> None:
        self._last = 0
        self._pid, self._owner = 0, ""

    def next(self) -> int:
        """Return a number above all before it, also when the clock is set back."""
        self._last = max(self._last + 1, time.time_ns())
        return self._last

    def entry(self, sequence: int, spans: int, content: bytes) -> Entry:
        """Return the entry for a batch of this process."""
        if self._pid != os.getpid():  # a forked child is another owner
            self._pid, self._owner = os.getpid(), secrets.token_hex(4)
        return Entry(sequence, self._owner, spans, zlib.crc32(content))
