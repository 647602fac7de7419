"""DuckDB and its extensions: these from a package on machines without network, else by DuckDB's download."""

import importlib

try:
    import duckdb
except ImportError as error:
    raise ImportError("tokenlake_queries needs DuckDB: pip install 'tokenlake[queries]'") from error

__all__ = ["duckdb", "load_extension"]


def load_extension(name: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Load an extension into the database of a connection, and install it first where it is not.

    Raises:
        duckdb.Error: it is not to be had, or not for this version of DuckDB.
        OSError: the package's file cannot be copied to where DuckDB looks for it.
    """
    try:
        # Few have it: `duckdb-extensions` and one package for each extension, of DuckDB's own version.
        module = importlib.import_module("duckdb_extensions")
    except ImportError:
        connection.execute(f"INSTALL {name}")
    else:
        module.import_extension(name, con=connection)
    connection.execute(f"LOAD {name}")
