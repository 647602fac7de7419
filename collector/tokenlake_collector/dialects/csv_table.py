"""Read a dialect table: a comma-separated file beside this one, explained by comments at its top."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from importlib.resources import files


def csv_rows(name: str) -> Iterator[dict[str, str]]:
    """Return a table's rows in order of priority, each by the names of its columns."""
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
