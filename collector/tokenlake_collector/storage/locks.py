"""What SQL of others may not reach through a database that is open for writing: files, network, settings."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import duckdb

_SETTINGS = (
    # A question means the same on every machine; the table's own times are UTC.
    "SET GLOBAL TimeZone = 'UTC'",
    # Beyond it a query fails; without it one could fill the disk that commits need.
    "SET GLOBAL max_temp_directory_size = '1GiB'",
    "SET GLOBAL autoinstall_known_extensions = false",
    "SET GLOBAL autoload_known_extensions = false",
    "SET GLOBAL python_enable_replacements = false",
    "SET GLOBAL enable_external_access = false",
    # The last: nothing can be set after it.
    "SET GLOBAL lock_configuration = true",
)


def copies_folder(ledger: Path | None) -> Path:
    """Return where backups are made: the one folder that a locked database can still write into."""
    if ledger is None:
        return Path(tempfile.gettempdir()) / f"tokenlake-{os.getpid()}.copies"
    return ledger.absolute().with_name(f".{ledger.name}.copies")


def lock(connection: duckdb.DuckDBPyConnection, copies: Path | None = None) -> None:
    """Lock the whole instance behind a connection until it is closed.

    It goes on reading, writing, spilling and checkpointing its own file, and attaches files in the folder
    `copies`. It reads, writes and attaches no other file, loads no extension and changes no setting.
    """
    if copies is not None:
        folder = str(copies).replace("'", "''")
        connection.execute(f"SET GLOBAL allowed_directories = ['{folder}/']")
    for statement in _SETTINGS:
        connection.execute(statement)
