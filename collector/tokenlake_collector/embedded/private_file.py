"""A ledger file that is for its owner alone, without the umask: that is the whole application's.

DuckDB creates files as the umask says, and takes no empty one for a new database. So a new database is made
in a folder that nobody else may enter, and its bytes are written to a file that is private from its first
moment. What DuckDB would create later is there before it: an empty log and a folder for temporary files.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from tokenlake_collector.storage.opening import open_file
from tokenlake_collector.storage.write_ahead_log import log_of

_MEMORY_MIB = 256
"""What `tokenlake serve` gives DuckDB by default."""

_OWNER_ONLY = 0o600


def open_private(path: Path) -> duckdb.DuckDBPyConnection:
    """Open or create a ledger file with few threads and bounded memory; a file that is there keeps its mode.

    Raises:
        StartupError: the file cannot be used; the message says why and what to do.
        OSError: it cannot be created.
    """
    if not path.exists() and path.parent.is_dir():
        _create(path)
    connection = open_file(path, _MEMORY_MIB)
    with contextlib.suppress(FileNotFoundError, PermissionError):  # there is none, or it is somebody else's
        log_of(path).chmod(_OWNER_ONLY)
    _use_few_threads(connection)
    return connection


def prepare_files(path: Path) -> None:
    """Make what the next transaction would otherwise create for all to read; a checkpoint removes the log."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(log_of(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
    _temporary_folder(path).mkdir(mode=0o700, exist_ok=True)


def remove_temporary_folder(path: Path) -> None:
    """Remove the folder for temporary files, once the ledger is closed."""
    with contextlib.suppress(OSError):
        _temporary_folder(path).rmdir()


def _create(path: Path) -> None:
    with TemporaryDirectory(prefix="tokenlake-") as folder:
        made = Path(folder) / path.name
        open_file(made).close()
        content = made.read_bytes()
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY)
    except FileExistsError:
        return  # another process was faster
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()
        raise


def _use_few_threads(connection: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB work in the thread that calls it: an agent has better uses for its cores."""
    connection.execute("SET threads = 1")
    with contextlib.suppress(duckdb.CatalogException):  # DuckDB 1.5 has no such threads
        connection.execute("SET async_threads = 0")


def _temporary_folder(path: Path) -> Path:
    return path.with_name(f"{path.name}.tmp")
