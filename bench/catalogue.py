"""PostgreSQL under load: as an administrator gets it, with syncs to disk, and the CPU time that it uses."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.postgres import PostgreSQL, running_postgres

_SETTINGS = {"listen_addresses": "127.0.0.1"}
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Lake:
    """The name of a ledger on DuckLake, and where its files are."""

    name: str
    data_path: str

    @property
    def options(self) -> tuple[str, str]:
        """What a command says besides `--db`."""
        return ("--data-path", self.data_path)


@dataclass(frozen=True, slots=True)
class Lakes:
    """A PostgreSQL that makes as many ledgers as are wanted, in a folder that goes with it."""

    postgres: PostgreSQL
    folder: Path

    def new(self) -> Lake:
        """Return a ledger that nobody has opened yet."""
        name = self.postgres.new_ledger()
        return Lake(name, tempfile.mkdtemp(dir=self.folder))

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server and of all its processes so far, also of those that ended."""
        [(text,)] = self.postgres.ask("SELECT pg_read_file('postmaster.pid')")
        server = int(text.partition("\n")[0])
        found = {int(path.name): _stat(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
        ticks = sum(sum(fields[11:13]) for fields in found.values() if fields and fields[1] == server)
        return (ticks + sum(found[server][11:15])) / _TICKS


@contextmanager
def lakes(folder: Path | None = None) -> Iterator[Lakes]:
    """Run a PostgreSQL until the block ends, and keep the files of its ledgers in a folder until then."""
    with running_postgres(_SETTINGS) as postgres, tempfile.TemporaryDirectory(dir=folder) as data:
        yield Lakes(postgres, Path(data))


def _stat(path: Path) -> list[int]:
    """Return the numbers of a process after its name, its state as 0; none where it has just ended."""
    try:
        fields = (path / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
    return [0, *map(int, fields[1:])]
