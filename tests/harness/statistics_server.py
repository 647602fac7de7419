"""Real HTTP servers on free loopback ports: the statistics over one table, or one canned reply."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from duckdb import DuckDBPyConnection

from tokenlake_queries import (
    GROUP_COLUMNS,
    get_daily_stats,
    get_token_calls,
    get_token_latency,
    get_token_session_count,
    get_token_sessions,
    get_token_summary,
    get_token_timeline,
    get_token_total,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answers."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a server was asked."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class StatisticsServer:
    """A running server's address, and all that it was asked so far."""

    url: str
    asked: list[Asked]


@contextmanager
def serving(answer: Callable[[Asked], Reply]) -> Iterator[StatisticsServer]:
    """Serve ``answer`` until the block ends."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked.append(Asked(parts.path, parse_qs(parts.query, keep_blank_values=True), dict(self.headers)))
            reply = answer(asked[-1])
            self.send_response(reply.status)
            for key, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield StatisticsServer(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def statistics_over(table: DuckDBPyConnection) -> Callable[[Asked], Reply]:
    """Return what a collector answers about ``table``, from the parameters that its interface names."""

    def answer(asked: Asked) -> Reply:
        try:
            body, headers = _answer(asked.path.removeprefix("/metrics/token/"), asked.query, table)
        except ValueError as error:
            return Reply(422, json.dumps({"detail": str(error)}).encode())
        return Reply(200, json.dumps(body, default=_iso).encode(), headers)

    return answer


def _answer(name: str, query: dict[str, list[str]], table: DuckDBPyConnection) -> tuple[Any, dict[str, str]]:
    one = {key: values[0] for key, values in query.items()}
    filters = {
        column: [value or None for value in query[column]] for column in GROUP_COLUMNS if column in query
    }
    common: dict[str, Any] = {"filters": filters, "timezone": one.get("timezone"), "source": table}
    span = {"start_time": one.get("start"), "end_time": one.get("end"), **common}
    match name:
        case "summary":
            limit = int(one["limit"]) if "limit" in one else None
            order: dict[str, Any] = {"sort": one.get("sort", "total_tokens"), "limit": limit}
            return get_token_summary(one.get("group_by", "endpoint_name"), **order, **span), {}
        case "latency":
            return get_token_latency(one.get("group_by"), **span), {}
        case "timeline":
            return get_token_timeline(one.get("interval", "day"), group_by=one.get("group_by"), **span), {}
        case "daily":
            return get_daily_stats(int(one.get("days", "7")), **common), {}
        case "total":
            return get_token_total(**span), {}
        case "calls" | "sessions":
            return _page(name, one, span)
    raise ValueError(f"{name} is no statistic")


def _page(name: str, one: dict[str, str], span: dict[str, Any]) -> tuple[Any, dict[str, str]]:
    page: dict[str, Any] = {key: int(one[key]) for key in ("limit", "offset") if key in one}
    if name == "calls":
        return get_token_calls(**page, sort=one.get("sort", "timestamp"), **span), {}
    rows = get_token_sessions(**page, sort=one.get("sort", "last_timestamp"), **span)
    return rows, {"X-Total-Count": str(get_token_session_count(**span))}


def _iso(value: date) -> str:
    return value.isoformat()
