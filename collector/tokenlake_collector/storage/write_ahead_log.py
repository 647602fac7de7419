"""The write-ahead log beside a ledger file: what is committed and not yet part of the file itself.

DuckDB replays it when the file is opened. It refuses some damage, and takes other damage for the end of the
log: then the rest is skipped without a word, and overwritten by the next commit. So it is looked at before.
"""

from __future__ import annotations

import mmap
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

CHECKPOINT_BYTES = 128 * 2**20
"""The size at which a log is written into the file and begun anew: about 320,000 rows of 400 bytes.

A checkpoint rewrites the last row groups. CPU for it, in µs a row, at 64, 128 and 256 MiB: 3.1, 1.4, 1.4 (at
4,000 rows a transaction; at 16 MiB 4.5). Commits wait 0.5 s for it, once in 320,000 rows.
"""

_SUFFIX = ".damaged-"

# Fields 100 to 103 (entry type 98, version, the file's id, its checkpoint), numbers in LEB128, and an end.
_HEADER = re.compile(
    rb"\x64\x00\x62\x65\x00[\x01-\x7f](?:\x66\x00\x10(?:[\x80-\xff]\x01|[\x00-\x7f]){16}"
    rb"\x67\x00[\x80-\xff]*[\x00-\x7f])?\xff\xff"
)
_ENTRY_HEAD = 16
"""Bytes before an entry: its length and its checksum, 64 bits each."""

_LARGEST_ENTRY = 2**30


def log_of(db: Path) -> Path:
    """Return where DuckDB keeps the log of a file."""
    return db.with_name(f"{db.name}.wal")


def damaged_logs(db: Path) -> list[Path]:
    """Return the damaged logs of a file that were set aside or kept as a copy, oldest first."""
    begins = f"{log_of(db).name}{_SUFFIX}"
    return sorted(path for path in db.parent.iterdir() if path.name.startswith(begins))


def set_aside(db: Path) -> Path:
    """Rename the log of a file, which then opens as of its last checkpoint, and return the new name."""
    return log_of(db).rename(_damaged_name(db))


def keep_copy(db: Path) -> Path:
    """Copy the log of a file, which only its owner may read, and return the copy's name."""
    copy = _damaged_name(db)
    copy.touch(mode=0o600, exist_ok=False)
    shutil.copyfile(log_of(db), copy)
    return copy


def reads_to_its_end(db: Path) -> bool:
    """Tell whether DuckDB's replay of a file's log sees all of it; also true where there is none.

    A last entry that is cut off, or zeros behind it, is what a crash leaves of a commit that nobody was told
    about. Checksums are left to DuckDB, which refuses a log where one is wrong.
    """
    log = log_of(db)
    if not log.exists() or log.stat().st_size == 0:
        return True
    with log.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        header = _HEADER.match(content)
        return header is not None and _entries_fill(content, header.end())


def _entries_fill(content: mmap.mmap, place: int) -> bool:
    while place + _ENTRY_HEAD <= len(content):
        length = int.from_bytes(content[place : place + 8], "little")
        if length == 0:
            return not content[place:].strip(b"\0")
        if length > _LARGEST_ENTRY:
            return False
        place += _ENTRY_HEAD + length
    return True


def _damaged_name(db: Path) -> Path:
    return log_of(db).with_name(f"{log_of(db).name}{_SUFFIX}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
