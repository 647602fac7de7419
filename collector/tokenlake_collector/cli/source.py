"""Where a command reads from: a collector, or the file itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from tokenlake_queries import LedgerLocked

DEFAULT_DB = "usage.duckdb"
DEFAULT_URL = "http://127.0.0.1:4318"

Db = Annotated[
    str | None,
    typer.Option(
        envvar="TOKENLAKE_DB", help=f"The ledger file; without --db and --url, {DEFAULT_DB} if it exists."
    ),
]
Url = Annotated[
    str | None,
    typer.Option(envvar="TOKENLAKE_URL", help=f"A running collector; {DEFAULT_URL} if there is no file."),
]

Answer = TypeVar("Answer")


def ask(db: str | None, url: str | None, statistic: Callable[[str], Answer]) -> Answer:
    """Ask a file, or the collector: when only that is named, there is no file, or it holds the file open.

    Raises:
        LedgerError: neither answers; the message says what to do.
    """
    path = db or DEFAULT_DB
    if db is None and (url is not None or not Path(path).exists()):
        return statistic(url or DEFAULT_URL)
    try:
        return statistic(path)
    except LedgerLocked:
        return statistic(url or DEFAULT_URL)
