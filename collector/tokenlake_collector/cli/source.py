"""Where a command reads from: a collector, or the file itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from tokenlake_queries import LedgerError, LedgerLocked

DEFAULT_DB = "usage.duckdb"
DEFAULT_URL = "http://127.0.0.1:4318"

_SCHEMES = ("http://", "https://")

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
        ValueError: the URL is none.
    """
    address = checked_url(url)
    path = db or DEFAULT_DB
    if db is None and (url is not None or not Path(path).exists()):
        return statistic(address)
    try:
        return statistic(path)
    except LedgerLocked:
        return _ask_holder(path, address, statistic)


def checked_url(url: str | None) -> str:
    """Return the address of a collector, the usual one for None.

    Raises:
        ValueError: it has no scheme, and would be taken for a file.
    """
    if url is None:
        return DEFAULT_URL
    if not is_url(url):
        raise ValueError(f"--url {url!r}: write http://HOST:PORT or https://HOST:PORT")
    return url


def is_url(source: str) -> bool:
    """Tell whether a source is a collector; else it is a file."""
    return source.lower().startswith(_SCHEMES)


def _ask_holder(path: str, address: str, statistic: Callable[[str], Answer]) -> Answer:
    try:
        return statistic(address)
    except LedgerError as error:
        raise LedgerError(
            f"{path} is held by another process, and {error}; "
            "name the collector that holds it with --url or TOKENLAKE_URL"
        ) from error
