"""A ledger on DuckLake: a catalogue in PostgreSQL, rows as Parquet files in a folder or an object store."""

import os
import re
from contextlib import suppress
from pathlib import Path

from tokenlake_queries.errors import LedgerError
from tokenlake_queries.extensions import duckdb, load_extension

SCHEME = "ducklake:postgres:"
"""What the name of such a ledger begins with; a connection string of PostgreSQL follows."""

SCHEMA = "tokenlake"
"""The schema of the catalogue's own tables in PostgreSQL: a database may hold other things too."""

LAKE = "lake"
"""The name of the attached ledger."""

_PASSWORD = re.compile(r"password\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&'\"]+)", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]*):[^\s]*@")
"""Where a connection string of PostgreSQL has one, in either of its two forms."""

_EXTENSIONS = ("ducklake", "postgres_scanner")
_REMEDY = (
    "let this machine download it once, or install duckdb, duckdb-extensions, duckdb-extension-ducklake, "
    "duckdb-extension-postgres-scanner and duckdb-extension-httpfs, all 1.5.5"
)


def is_lake(name: str) -> bool:
    """Tell whether a name is that of a ledger on DuckLake.

    Raises:
        LedgerError: it is one with a catalogue elsewhere.
    """
    if name.startswith("ducklake:") and not name.startswith(SCHEME):
        raise LedgerError(
            f"{name}: the catalogue must be in PostgreSQL: write {SCHEME}dbname=… host=… user=…"
        )
    return name.startswith(SCHEME)


def place_of(name: str) -> Path | str:
    """Return the place that a name means: a file, or a ledger on DuckLake.

    Raises:
        LedgerError: it is a lake with a catalogue elsewhere.
    """
    return name if is_lake(name) else Path(name)


def connect_lake(name: str, data_path: str | None = None, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Return a connection of its own to a ledger on DuckLake, whose tables need no qualifier.

    A new ledger needs `data_path`, a folder or `s3://bucket/prefix`; later it is known. An object store is
    reached as the variables say that its own tools read: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
    AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL.

    Raises:
        LedgerError: it cannot be reached, or the extensions are not to be had; the message has the remedy.
    """
    connection = duckdb.connect()
    try:
        prepare(connection)
        attach(connection, name, data_path, read_only=read_only)
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Load the extensions into a database, and tell it how an object store is reached, if the variables do.

    Raises:
        LedgerError: an extension is not to be had.
    """
    secret = _secret()
    try:
        for extension in (*_EXTENSIONS, *(["httpfs"] if secret else [])):
            load_extension(extension, connection)
        if secret:
            connection.execute(secret)
    except (duckdb.Error, ImportError, OSError) as error:
        raise LedgerError(f"DuckDB's extension does not load ({_line(error)}): {_REMEDY}") from error


def attach(
    connection: duckdb.DuckDBPyConnection, name: str, data_path: str | None = None, *, read_only: bool
) -> None:
    """Attach a ledger, and use it: its tables need no qualifier on this connection.

    Raises:
        LedgerError: it cannot be attached.
    """
    options = [f"METADATA_SCHEMA '{SCHEMA}'"]
    if data_path is not None:
        options.append(f"DATA_PATH '{_quoted(_absolute(data_path))}'")
    if read_only:
        options.append("READ_ONLY")
    try:
        connection.execute(f"ATTACH '{_quoted(name)}' AS {LAKE} ({', '.join(options)})")
        connection.execute(f"USE {LAKE}")
    except duckdb.Error as error:
        raise LedgerError(f"{shown(name)} cannot be used ({_line(error)}): {_advice(str(error))}") from error


def data_folder(connection: duckdb.DuckDBPyConnection) -> str:
    """Return where the attached ledger has its files."""
    [(place,)] = connection.execute(
        "SELECT value FROM ducklake_options(?) WHERE option_name = 'data_path'", [LAKE]
    ).fetchall()
    return str(place)


def end_transaction(connection: duckdb.DuckDBPyConnection) -> None:
    """Roll back, whatever is left to do so.

    A connection must not be closed within a transaction: where PostgreSQL was lost meanwhile, DuckDB 1.5.5
    then ends the process (its own ROLLBACK fails in a destructor).
    """
    with suppress(duckdb.Error):
        connection.execute("ROLLBACK")


def use_attached(cursor: duckdb.DuckDBPyConnection) -> None:
    """Use the ledger that is attached to a cursor's database, if one is: a new cursor does not by itself."""
    lakes = "SELECT 1 FROM duckdb_databases() WHERE database_name = ? AND type = 'ducklake'"
    if cursor.execute(lakes, [LAKE]).fetchall():
        cursor.execute(f"USE {LAKE}")


def shown(text: str) -> str:
    """Return a ledger's name, or a message that holds it, as it may be shown: without a password in it."""
    return _PASSWORD.sub("password=…", _PASSWORD_IN_URL.sub(r"\1@", text))


def _advice(message: str) -> str:
    if "DATA_PATH" in message or "data path" in message.lower():
        return "name the folder or bucket of the data, in --data-path or TOKENLAKE_DATA_PATH"
    return "is PostgreSQL there, and may this user create tables in this database?"


def _absolute(data_path: str) -> str:
    """Return a data path as it is kept for every reader, with the slash at its end that DuckLake expects."""
    place = data_path if "://" in data_path else str(Path(data_path).absolute())
    return place.rstrip("/") + "/"


def _secret() -> str | None:
    key = os.environ.get("AWS_ACCESS_KEY_ID")
    if not key:
        return None
    settings = {
        "KEY_ID": key,
        "SECRET": os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
        "REGION": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        **_endpoint(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")),
    }
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        settings["SESSION_TOKEN"] = token
    texts = ", ".join(f"{name} '{_quoted(value)}'" for name, value in settings.items())
    return f"CREATE OR REPLACE SECRET tokenlake (TYPE s3, {texts})"


def _endpoint(url: str | None) -> dict[str, str]:
    """Return the settings for a store of one's own, which has its buckets in the path."""
    if not url:
        return {}
    scheme, _, host = url.rpartition("://")
    return {"ENDPOINT": host.rstrip("/"), "URL_STYLE": "path", "USE_SSL": str(scheme != "http").lower()}


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _line(error: Exception) -> str:
    return shown(str(error).partition("\n")[0])
