"""Import a file in this process, and see what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from harness.table import prices
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.transfer import FileTarget, Problem, RowImport, kind_of

UTC = ZoneInfo("UTC")


def import_file(ledger: Ledger, path: Path, zone: ZoneInfo = UTC) -> tuple[str, list[Problem]]:
    """Import one file into an open ledger; return what was said of it, and the problems."""
    [words], problems = import_files(ledger, [path], zone)
    return words, problems


def import_files(
    ledger: Ledger, paths: Iterable[Path], zone: ZoneInfo = UTC
) -> tuple[list[str], list[Problem]]:
    """Import files into an open ledger; return what was said of each, and the problems of all."""
    problems: list[Problem] = []
    with RowImport(ledger) as rows:
        target = FileTarget(ledger, prices(), rows, zone)
        return [target.add(path, kind_of(path), problems.append) for path in paths], problems
