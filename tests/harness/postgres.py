"""A PostgreSQL of Debian's package on a free port, in a folder that is gone with it."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from harness.free_ports import free_port

_PROGRAMS = Path("/usr/lib/postgresql")
_USER = "tokenlake"

# PostgreSQL refuses to run as root: a user who may do nothing else comes with Debian's package.
_AS_ITS_USER = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")

_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "300",
}


class PostgreSQL:
    """A server whose databases survive when it is stopped or killed, and started again on the same port."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = _OPTIONS) -> None:
        """Make a server in an empty folder; it runs after `start`, with these settings."""
        self._settings = settings
        self._folder, self._data = folder, folder / "data"
        self.port = free_port()
        self._numbers = itertools.count(1)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "--auth=trust", f"--username={_USER}", "--no-sync", "--encoding=UTF8")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [f"-c {name}={value}" for name, value in self._settings.items()]
        options += [f"-p {self.port}", f"-k {self._folder}"]
        self._control("start", "-l", str(self._folder / "log"), "-o", " ".join(options))

    def stop(self) -> None:
        """Stop the server in good order; who is connected loses the connection."""
        self._control("stop", "-m", "fast")

    def crash(self) -> None:
        """End the server as if its machine had lost power, but for what the system had not written yet."""
        self._control("stop", "-m", "immediate")

    @property
    def runs(self) -> bool:
        """Whether it was started and not stopped."""
        return (self._data / "postmaster.pid").exists()

    def new_database(self, template: str = "template1") -> str:
        """Make a database and return its name."""
        name = f"ledger_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def new_ledger(self) -> str:
        """Make a database and return the name of a ledger in it."""
        return self.ledger(self.new_database())

    def ledger(self, database: str) -> str:
        """Return the name of the ledger in a database."""
        return f"ducklake:postgres:{self.address(database)}"

    def address(self, database: str = "postgres") -> str:
        """Return what a client of PostgreSQL connects to."""
        return f"dbname={database} host=127.0.0.1 port={self.port} user={_USER}"

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement in a connection of its own and return its rows, if it has any."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _control(self, action: str, *arguments: str) -> None:
        self._run("pg_ctl", action, "-w", "-t", "60", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        path = max(_PROGRAMS.glob(f"*/bin/{program}"), default=None)
        assert path is not None, f"no {program} in {_PROGRAMS}: install Debian's package postgresql"
        command = [*(_AS_ITS_USER if os.geteuid() == 0 else ()), str(path), "-D", str(self._data), *arguments]
        # Into a file: a server that is started keeps what it was given as its output.
        with (self._folder / "output").open("w+") as output:
            finished = subprocess.run(command, stdout=output, stderr=output, cwd=self._folder, check=False)
            output.seek(0)
            assert finished.returncode == 0, output.read()


@contextmanager
def running_postgres(settings: Mapping[str, str] = _OPTIONS) -> Iterator[PostgreSQL]:
    """Run a server until the block ends, as fast as tests like it, or with other settings."""
    # Not below pytest's own folder, which other users may not enter; the name of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="tokenlake-postgres-") as folder:
        server = PostgreSQL(Path(folder), settings)
        server.start()
        try:
            yield server
        finally:
            if server.runs:
                server.crash()
