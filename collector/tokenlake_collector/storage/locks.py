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


def lock(connection: duckdb.DuckDBPyConnection, *folders: str | Path) -> None:
    """Lock the whole instance behind a connection until it is closed.

    It goes on reading, writing, spilling and checkpointing its own file, and reads, writes and attaches files
    in some folders. It reaches no other file, loads no extension and changes no setting.
    """
    if folders:
        quoted = [str(folder).rstrip("/").replace("'", "''") for folder in folders]
        names = ", ".join(f"'{folder}/'" for folder in quoted)
        connection.execute(f"SET GLOBAL allowed_directories = [{names}]")
    for statement in _SETTINGS:
        connection.execute(statement)
