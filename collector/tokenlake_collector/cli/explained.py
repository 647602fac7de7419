"""Ask a ledger file or a collector to explain a trace."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

import duckdb

from tokenlake_collector.account.explain import explain
from tokenlake_collector.cli.source import ask
from tokenlake_queries import LedgerError, LedgerLocked
from tokenlake_queries.remote import add_token


def explained(db: str | None, url: str | None, identity: str) -> list[dict[str, Any]]:
    """Return the explanation of a trace or a row, from wherever the statistics would come.

    Raises:
        LedgerError: neither the file nor a collector answers.
        ValueError: nothing is stored under that id.
    """
    return ask(db, url, lambda source: _ask(source, identity))


def _ask(source: str, identity: str) -> list[dict[str, Any]]:
    if source.startswith(("http://", "https://")):
        return _over_http(source, identity)
    try:
        with duckdb.connect(source, read_only=True) as connection:
            return explain(connection, identity)
    except duckdb.IOException as error:
        raise LedgerLocked(f"{source}: {str(error).splitlines()[0]}") from error


def _over_http(url: str, identity: str) -> list[dict[str, Any]]:
    address = f"{url.rstrip('/')}/explain/{quote(identity, safe='')}"
    request = urllib.request.Request(address)  # noqa: S310 - http or https, checked above
    add_token(request)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 - http or https, checked above
            roots: list[dict[str, Any]] = json.load(reply)
            return roots
    except urllib.error.HTTPError as error:
        if error.code in {401, 403}:
            raise LedgerError(f"{url} answers {error.code}: set TOKENLAKE_TOKEN to a read token") from error
        raise ValueError(json.load(error).get("detail", str(error))) from error
    except OSError as error:
        raise LedgerError(f"{url}: no collector answers there ({error})") from error
