"""Rows for people (a table) and for programs (JSON, CSV)."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from rich.console import Console

from tokenlake_collector.cli.table import COSTS, FIGURES, Layout, Row, table_of

__all__ = ["COSTS", "FIGURES", "Format", "console", "write", "write_program_form"]


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"

    @classmethod
    def chosen(cls, *, as_json: bool, as_csv: bool) -> Format:
        """Return what the two options say.

        Raises:
            ValueError: both are given.
        """
        if as_json and as_csv:
            raise ValueError("--json and --csv: choose one of them")
        return cls.JSON if as_json else cls.CSV if as_csv else cls.TABLE


def console() -> Console:
    """Return standard output for people; where it has no letters for bars, ? stands for them."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console()


def write(rows: Sequence[Row] | Row, form: Format, title: str, columns: Sequence[str]) -> None:
    """Write one row or several to standard output; `columns` are those that a table shows."""
    if form is not Format.TABLE:
        write_program_form(rows, form)
        return
    screen = console()
    many = [rows] if isinstance(rows, Mapping) else rows
    screen.print(table_of(many, None, Layout(title, columns), screen.width))


def write_program_form(rows: Sequence[Row] | Row, form: Format) -> None:
    """Write every figure of the rows, exactly: JSON keeps one row and a list of rows apart."""
    if form is Format.JSON:
        json.dump(rows, sys.stdout, default=_iso, indent=2)
        sys.stdout.write("\n")
    else:
        _write_csv([rows] if isinstance(rows, Mapping) else rows)


def _write_csv(rows: Sequence[Row]) -> None:
    writer = csv.writer(sys.stdout)
    if rows:
        writer.writerow(rows[0])
        writer.writerows([[_cell(value) for value in row.values()] for row in rows])


def _cell(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return ";".join(value) if isinstance(value, list) else value


def _iso(value: date) -> str:
    return value.isoformat()
