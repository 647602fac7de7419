"""SQL as files beside the code that runs them; each can be pasted into a DuckDB shell."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb


def run(connection: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, Any]) -> int:
    """Run the statements of `<name>.sql` and return the rows that the last one changed.

    Each statement gets those of the parameters that it names: DuckDB binds them one statement at a time.
    """
    changed = 0
    for text in _statements(name):
        bound = {key: value for key, value in parameters.items() if f"${key}" in text}
        rows = connection.execute(text, bound).fetchall()
        changed = rows[0][0] if rows else 0
    return changed


@cache
def _statements(name: str) -> tuple[str, ...]:
    text = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return tuple(part for part in text.split(";\n") if part.strip())
