"""A ledger as files, one for each day and table; a day that did not change since is not written again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from tokenlake_collector.transfer.forms import FORMS, write_pages
from tokenlake_queries.parameters import Selection
from tokenlake_queries.sql import condition, fill

PAGE_ROWS = 20_000
"""Rows of one statement, about 10 MB: a collector returns 64 MiB and 100,000 rows at most by default."""

_FEWEST_ROWS = 10

Ask: TypeAlias = Callable[[str, Mapping[str, Any]], pa.Table]
"""Runs one SELECT with named parameters."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an export: the rows of a table on a day (UTC)."""

    table: str
    day: date


class Export:
    """Writes the selected rows of some tables below a folder, as `<table>/day=<day>/usage.<form>`."""

    def __init__(
        self,
        ask: Ask,
        folder: Path,
        form: str,
        selection: Selection,
        tables: Sequence[str],
        page_rows: int = PAGE_ROWS,
    ) -> None:
        self._ask = ask
        self._folder = folder
        self._form = form
        self._selection = selection
        self._tables = tables
        self._page_rows = page_rows
        self._filters, self._compared = condition(selection.filters)

    def parts(self) -> list[Part]:
        """Return the files that there are to be."""
        return [
            Part(table, day)
            for table in self._tables
            for day in self._rows("export_days", table, self._bounds())["day"].to_pylist()
        ]

    def write(self, part: Part) -> int | None:
        """Write one file under its name when it is complete; return its rows, None where nothing has changed.

        Raises:
            OSError: it cannot be written; what was there before is left.
        """
        path = self._folder / part.table / f"day={part.day}" / f"usage.{self._form}"
        mark = path.with_name(f".{path.name}.fingerprint")
        # Taken first: what changes while pages are read makes the next export write the day again.
        fingerprint = self._fingerprint(part)
        if path.exists() and mark.exists() and mark.read_text() == fingerprint:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        mark.unlink(missing_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        try:
            rows = write_pages(self._pages(part), FORMS[self._form], unfinished)
            _sync(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        mark.write_text(fingerprint)
        return rows

    def _fingerprint(self, part: Part) -> str:
        [found] = self._rows("export_fingerprint", part.table, self._bounds(part.day)).to_pylist()
        return f"{found['rows']} {found['hashes']}"

    def _pages(self, part: Part) -> Iterator[pa.Table]:
        """Yield the rows of a day, the first page even if there are none."""
        values = self._bounds(part.day) | {"rows": self._page_rows}
        while True:
            page = self._page(part.table, values)
            yield page
            if page.num_rows < values["rows"]:
                return
            last = page.slice(page.num_rows - 1).to_pylist()[0]
            values |= {"start": last["timestamp"].isoformat(), "after": str(last["id"])}

    def _page(self, table: str, values: dict[str, Any]) -> pa.Table:
        """Ask for a page, of fewer rows from then on where so many are more than a collector returns."""
        while True:
            try:
                return self._rows("export_page", table, values)
            except ValueError:
                if values["rows"] <= _FEWEST_ROWS:
                    raise
                values["rows"] //= 4

    def _bounds(self, day: date | None = None) -> dict[str, Any]:
        start, end = self._selection.start, self._selection.end
        if day is not None:
            midnight = datetime.combine(day, time.min)
            start = max(midnight, start or midnight)
            midnight += timedelta(days=1)
            end = min(midnight, end or midnight)
        bounds = {"start": start, "end": end}
        return {name: value.isoformat() for name, value in bounds.items() if value is not None}

    def _rows(self, name: str, table: str, values: Mapping[str, Any]) -> pa.Table:
        text = fill(_read(name), {"table": table, "filters": self._filters}, values)
        return self._ask(text, {**values, **self._compared})


@cache
def _read(name: str) -> str:
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
