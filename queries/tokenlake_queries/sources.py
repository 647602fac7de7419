"""Where a question is asked: the given source, the default of this process, or the environment's."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from tokenlake_queries.errors import LedgerError
from tokenlake_queries.ledger import Place
from tokenlake_queries.remote import Collector

Source: TypeAlias = str | Place
"""A path, a collector's URL (http:// or https://), or an open DuckDB connection."""

_URL_SCHEMES = ("http://", "https://")


class _ProcessDefault:
    """The source of this process, None until it is set."""

    source: Source | None = None


def set_default_source(source: Source | None) -> None:
    """Make ``source`` the one that is read when a call names none, before any environment variable.

    None takes the default back. A recorder in this process sets its own connection here.
    """
    _ProcessDefault.source = source


def find_source(source: Source | None, environ: Mapping[str, str] = os.environ) -> Place | Collector:
    """Return the place to read: ``source``, else the process's default, ``TOKENLAKE_DB``, ``TOKENLAKE_URL``.

    Raises:
        LedgerError: None of them is set, or ``TOKENLAKE_URL`` is no URL.
    """
    chosen = _ProcessDefault.source if source is None else source
    if chosen is None:
        chosen = environ.get("TOKENLAKE_DB") or _url(environ)
    if isinstance(chosen, str) and chosen.lower().startswith(_URL_SCHEMES):
        return Collector(chosen.rstrip("/"))
    return Path(chosen).expanduser() if isinstance(chosen, str | Path) else chosen


def _url(environ: Mapping[str, str]) -> str:
    url = environ.get("TOKENLAKE_URL")
    if not url:
        remedy = "give source=, or set TOKENLAKE_DB to a file or TOKENLAKE_URL to a collector"
        raise LedgerError(f"no token_usage to read: {remedy}")
    if not url.lower().startswith(_URL_SCHEMES):
        raise LedgerError(f"TOKENLAKE_URL={url!r} is no URL: write it like http://127.0.0.1:4318")
    return url
