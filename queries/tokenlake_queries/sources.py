"""Where a question is asked: the given source, the default of this process, or the environment's."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

from tokenlake_queries.errors import LedgerError
from tokenlake_queries.lake import is_lake
from tokenlake_queries.ledger import Place
from tokenlake_queries.remote import Collector

Source: TypeAlias = str | Place
"""A path, a collector's URL (http:// or https://), `ducklake:postgres:…`, or an open DuckDB connection."""

_URL_SCHEMES = ("http://", "https://")


class Recorder(Protocol):
    """What writes a ledger file in this process, and lets it be read meanwhile."""

    @property
    def path(self) -> Path:
        """The file."""

    def reading(self) -> Place:
        """Return a connection that sees all that was reported in this process until now.

        Raises:
            LedgerError: This process was forked from the one that writes.
        """


class _ProcessDefault:
    """The source of this process, None until it is set, and its recorders, the newest last."""

    source: Source | None = None
    recorders: tuple[Recorder, ...] = ()


def set_default_source(source: Source | None) -> None:
    """Make ``source`` the one that is read when a call names none, before any recorder or variable.

    None takes the default back.
    """
    _ProcessDefault.source = source


def add_recorder(recorder: Recorder) -> None:
    """Read this recorder's file through it, and by default: a second opening would fail."""
    _ProcessDefault.recorders = (*_ProcessDefault.recorders, recorder)


def remove_recorder(recorder: Recorder) -> None:
    """Forget a recorder that closes its file."""
    _ProcessDefault.recorders = tuple(one for one in _ProcessDefault.recorders if one is not recorder)


def find_source(source: Source | None, environ: Mapping[str, str] = os.environ) -> Place | Collector:
    """Return the place to read.

    That is ``source``, else the process's default, its newest recorder, ``TOKENLAKE_DB``, ``TOKENLAKE_URL``.

    Raises:
        LedgerError: None of them is set, ``TOKENLAKE_URL`` is no URL, or a recorder cannot be read.
    """
    chosen = _ProcessDefault.source if source is None else source
    if chosen is None and _ProcessDefault.recorders:
        return _ProcessDefault.recorders[-1].reading()
    if chosen is None:
        chosen = environ.get("TOKENLAKE_DB") or _url(environ)
    if isinstance(chosen, str) and chosen.lower().startswith(_URL_SCHEMES):
        return Collector(chosen.rstrip("/"))
    if isinstance(chosen, str) and is_lake(chosen):
        return chosen
    return _open_here(Path(chosen).expanduser()) if isinstance(chosen, str | Path) else chosen


def _open_here(path: Path) -> Place:
    """Return the connection of the recorder that has the file open, if there is one in this process.

    Opening and closing the file beside it would release the recorder's lock on it, which is the process's.
    """
    for recorder in _ProcessDefault.recorders:
        if path.resolve() == recorder.path:
            return recorder.reading()
    return path


def _url(environ: Mapping[str, str]) -> str:
    url = environ.get("TOKENLAKE_URL")
    if not url:
        remedy = "give source=, or set TOKENLAKE_DB to a file or TOKENLAKE_URL to a collector"
        raise LedgerError(f"no token_usage to read: {remedy}")
    if not url.lower().startswith(_URL_SCHEMES):
        raise LedgerError(f"TOKENLAKE_URL={url!r} is no URL: write it like http://127.0.0.1:4318")
    return url
