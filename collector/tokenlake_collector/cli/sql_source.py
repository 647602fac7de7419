"""The rows of one statement, from a collector or from a file that nobody writes."""

from __future__ import annotations

import http.client
import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tokenlake_collector.live_sql import SqlLimits, Statement, run
from tokenlake_collector.storage.locks import lock
from tokenlake_queries import LedgerError
from tokenlake_queries.lake import connect_lake, data_folder, is_lake
from tokenlake_queries.ledger import open_ledger
from tokenlake_queries.remote import add_token

# What a collector may take for a statement is its own setting; this is for one that no longer answers.
_TIMEOUT_S = 3600
_NO_LIMITS = SqlLimits(timeout_s=threading.TIMEOUT_MAX, max_rows=sys.maxsize, max_bytes=sys.maxsize)
_REMEDIES = {
    401: "set TOKENLAKE_READ_TOKEN",
    403: "set TOKENLAKE_READ_TOKEN to a token of scope read",
    404: "is it a tokenlake collector of this version?",
    503: "try again",
}


def answer(source: str, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
    """Run one SELECT under the same guard in both places; Ctrl-C ends it, there too.

    Raises:
        ValueError: the statement is refused, or needs too much.
        LedgerError: the source does not answer.
    """
    if source.startswith(("http://", "https://")):
        return _from_collector(source.rstrip("/"), Statement(sql, parameters))
    return _from_ledger(source, Statement(sql, parameters))


def _from_ledger(name: str, statement: Statement) -> pa.Table:
    with _locked(name) as connection, ThreadPoolExecutor(1) as thread:
        rows = thread.submit(run, connection, statement, _NO_LIMITS)
        try:
            return rows.result()
        except KeyboardInterrupt:
            connection.interrupt()
            raise


def _locked(name: str) -> duckdb.DuckDBPyConnection:
    """Open a ledger that only reads, and nothing but itself."""
    if is_lake(name):
        connection = connect_lake(name, read_only=True)
        lock(connection, data_folder(connection))
        return connection
    # Says in its own words why a file cannot be read, and whether a collector holds it.
    with open_ledger(Path(name)):
        pass
    connection = duckdb.connect(name, read_only=True)
    lock(connection)
    return connection


def _from_collector(url: str, statement: Statement) -> pa.Table:
    body = json.dumps(asdict(statement)).encode()
    request = urllib.request.Request(  # noqa: S310 - http or https, checked above
        f"{url}/sql?format=arrow", body, {"Content-Type": "application/json"}
    )
    add_token(request)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - as above
            return pa.ipc.open_stream(reply.read()).read_all()
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(url, error) from error
    except (OSError, http.client.HTTPException, pa.ArrowInvalid) as error:
        remedy = "start it (tokenlake serve), or correct --url"
        raise LedgerError(f"{url} does not answer ({error}): {remedy}") from error


def _refusal(url: str, error: urllib.error.HTTPError) -> Exception:
    try:
        detail = str(json.load(error)["detail"])
    except (ValueError, LookupError, TypeError):
        detail = error.reason
    if error.code == http.HTTPStatus.UNPROCESSABLE_ENTITY:
        return ValueError(detail)
    return LedgerError(f"{url} answers {error.code} {detail}: {_REMEDIES.get(error.code, 'see its log')}")
