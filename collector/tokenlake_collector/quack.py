"""DuckDB's own remote protocol on the collector: any DuckDB attaches and reads, under the guard of live SQL.

It is an extension with a server of its own. Neither the time nor the rows of a remote statement can be
limited, and one that runs cannot be ended before the process ends: so it is off unless asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from tokenlake_collector.addresses import Address, bind
from tokenlake_collector.errors import StartupError
from tokenlake_collector.live_sql import check
from tokenlake_collector.live_sql.catalog import TABLES
from tokenlake_queries.extensions import load_extension

# Without httpfs, the server answers every request with 500 once the database is locked (seen with 1.5.5).
_EXTENSIONS = ("httpfs", "quack")
_MAY_READ = "tokenlake_may_read"
_REMEDY = (
    "install duckdb, duckdb-extensions, duckdb-extension-httpfs and duckdb-extension-quack, all 1.5.5, "
    "or leave --quack out"
)

# What ATTACH asks for, and what it gets: names and types alone, of views too. A column's default makes
# ATTACH itself fail: Catalog "u" does not exist (seen with 1.5.5).
_LOOK_UP = """
SELECT schema_name, sql, 'table' FROM duckdb_tables()
UNION ALL SELECT schema_name, view_name, 'view' FROM duckdb_views()
"""
_ATTACHED = f"""
SELECT
    schema_name,
    'CREATE TABLE ' || table_name || ' ('
        || string_agg('"' || column_name || '" ' || data_type, ', ' ORDER BY column_index) || ')',
    'table'
FROM duckdb_columns()
WHERE database_name = current_database() AND table_name IN ('{"', '".join(sorted(TABLES))}')
GROUP BY schema_name, table_name
"""


@dataclass(frozen=True, slots=True)
class Quack:
    """Where to serve, and the token that a client has to show."""

    address: Address
    token: str = field(repr=False)

    def check(self, *, insecure: bool) -> None:
        """Return if the protocol may be served there.

        Raises:
            StartupError: there is no token or no port, another machine could listen, or the port is taken.
        """
        option = f"--quack {self.address}"
        if not self.token:
            raise StartupError(f"{option}: it needs a token: set TOKENLAKE_READ_TOKEN")
        if self.address.port == 0:
            raise StartupError(f"{option}: it takes no free port: name one, for example 127.0.0.1:9494")
        if not insecure and not self.address.is_loopback():
            raise StartupError(
                f"{option}: token and rows would cross the network in the clear: listen on 127.0.0.1 and "
                "reach it through a tunnel, or say --insecure"
            )
        try:
            # Where another process serves already, quack_serve succeeds and nobody hears of it.
            bind(self.address).close()
        except OSError as error:
            raise StartupError(
                f"{option}: cannot listen there: {error}; stop what does, or choose another address"
            ) from error

    def load(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Load the extension and put the guard before it; nothing can be loaded after the locks.

        Raises:
            StartupError: the extension is not to be had; the message has the remedy.
        """
        try:
            for name in _EXTENSIONS:
                load_extension(name, connection)
        except (duckdb.Error, ImportError, OSError) as error:
            line = str(error).partition("\n")[0]
            raise StartupError(f"--quack: DuckDB's extension does not load ({line}): {_REMEDY}") from error
        text = duckdb.sqltypes.VARCHAR
        connection.create_function(_MAY_READ, _may_read, [text, text], text, side_effects=True)
        connection.execute(f"SET GLOBAL quack_authorization_function = '{_MAY_READ}'")

    def serve(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Answer clients from now on, until the database is closed.

        Raises:
            StartupError: it cannot.
        """
        uri = f"quack:{self.address}".replace("'", "''")
        token = self.token.replace("'", "''")
        elsewhere = "" if self.address.is_loopback() else ", allow_other_hostname => true"
        try:
            connection.execute(f"CALL quack_serve('{uri}', token => '{token}'{elsewhere})").fetchall()
        except duckdb.Error as error:
            # DuckDB's own message may quote the statement, and with it the token.
            kind = type(error).__name__
            raise StartupError(
                f"--quack {self.address}: cannot be served ({kind}): choose another address"
            ) from None


def _may_read(_client: str, sql: str) -> str:
    """Return what is run for a client's statement; it is asked before each, those of ATTACH included.

    Raises:
        Refused: nothing is run; the client learns that authorization failed.
    """
    check(sql)
    return _ATTACHED if sql.split() == _LOOK_UP.split() else sql
