"""Ask a collector over DuckDB's remote protocol: statements as JSON on stdin, answers as JSON on stdout."""

from __future__ import annotations

import json
import sys

import duckdb
from duckdb_extensions import import_extension  # type: ignore[import-not-found]  # in the environment of quack

_, address, token = sys.argv
connection = duckdb.connect()
for name in ("httpfs", "quack"):
    import_extension(name, con=connection)
    connection.execute(f"LOAD {name}")
connection.execute(f"ATTACH 'quack:{address}' AS u (TOKEN '{token}')")
answers: list[object] = []
for statement in json.load(sys.stdin):
    try:
        answers.append(connection.execute(statement).fetchall())
    except duckdb.Error as error:
        answers.append(f"refused: {error}")
json.dump(answers, sys.stdout, default=str)
