"""SQL as files beside the code that runs them; each can be pasted into a DuckDB shell."""

from __future__ import annotations

from collections.abc import Generator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any
from weakref import WeakKeyDictionary

import duckdb
import pyarrow as pa


def run(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    parameters: Mapping[str, Any],
    package: str = __package__,
) -> None:
    """Run the statements of `<name>.sql`.

    Each statement gets those of the parameters that it names: DuckDB binds them one statement at a time.
    """
    for text in _statements(package, name):
        connection.execute(text, _named(text, parameters)).fetchall()


def query(
    connection: duckdb.DuckDBPyConnection, package: str, name: str, parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Run the one SELECT of `<name>.sql` and return its rows as dictionaries."""
    (text,) = _statements(package, name)
    result = connection.execute(text, _named(text, parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class _Handed:
    """Gives DuckDB whichever table is current: a view on it is made once, not once a batch (0.5 ms each)."""

    def __init__(self) -> None:
        self.table = pa.table({})

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


_handed: MutableMapping[duckdb.DuckDBPyConnection, dict[str, _Handed]] = WeakKeyDictionary()


@contextmanager
def visible(connection: duckdb.DuckDBPyConnection, **tables: pa.Table) -> Generator[None, None, None]:
    """Let statements see Arrow tables under names for the length of a block; empty ones stay after it."""
    handed = _handed.setdefault(connection, {})
    for name, table in tables.items():
        if name in handed:
            handed[name].table = table
        else:
            handed[name] = _Handed()
            handed[name].table = table
            connection.register(name, handed[name])
    yield
    for name, table in tables.items():
        # A slice of no rows would keep all of them in memory.
        handed[name].table = table.schema.empty_table()


def forget_visible(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views anew next time: a transaction that is rolled back takes those along that it made."""
    _handed.pop(connection, None)


def _named(text: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parameters.items() if f"${key}" in text}


@cache
def _statements(package: str, name: str) -> tuple[str, ...]:
    text = files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return tuple(part for part in text.split(";\n") if part.strip())
