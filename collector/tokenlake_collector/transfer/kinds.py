"""What a file is, by its first bytes: names tell little."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from tokenlake_collector.transfer.errors import TransferError


class Kind(StrEnum):
    """What can be imported."""

    PARQUET = "Parquet"
    SQLITE = "SQLite"
    OTLP = "OTLP"


_BEGINNINGS = {b"PAR1": Kind.PARQUET, b"SQLite format 3\0": Kind.SQLITE}
_REFUSED = {
    b"ARROW1": "an Arrow file: export Parquet to import it again",
    b'"id","timestamp"': "CSV: export Parquet to import it again",
}
_DUCKDB = slice(8, 12), b"DUCK"


def kind_of(path: Path) -> Kind:
    """Return what a file is; what is not known is taken for OTLP, whose reader says what it misses.

    Raises:
        TransferError: it is something that cannot be imported, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(32)
    except OSError as error:
        raise TransferError(f"{path}: cannot be read ({error.strerror}): name a file or a folder") from error
    if head[_DUCKDB[0]] == _DUCKDB[1]:
        raise TransferError(f"{path}: a DuckDB file: export it, and import the folder that this makes")
    for beginning, words in _REFUSED.items():
        if head.startswith(beginning):
            raise TransferError(f"{path}: {words}")
    return next((kind for beginning, kind in _BEGINNINGS.items() if head.startswith(beginning)), Kind.OTLP)


def files_below(path: Path) -> Iterator[Path]:
    """Yield a file itself, or all files of a folder, hidden ones left out, in the order of their names."""
    if not path.is_dir():
        yield path
        return
    for found in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in found.relative_to(path).parts)
        if found.is_file() and not hidden:
            yield found
