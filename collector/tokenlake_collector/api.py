"""The statistics over HTTP: `GET /metrics/token/…`, the functions of tokenlake_queries as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any

import duckdb
from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from tokenlake_collector.account.explain import explain
from tokenlake_collector.prices import PriceBook
from tokenlake_collector.prices.savings import PRICED_BY, cache_savings
from tokenlake_collector.storage.failure import explained
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries import (
    GROUP_COLUMNS,
    LedgerError,
    get_daily_stats,
    get_token_calls,
    get_token_latency,
    get_token_session_count,
    get_token_sessions,
    get_token_summary,
    get_token_timeline,
    get_token_total,
)

Start = Annotated[
    str | None, Query(description="First moment, inclusive; ISO 8601, in the zone if it has none.")
]
End = Annotated[str | None, Query(description="Last moment, exclusive; ISO 8601.")]
Groups = Annotated[str, Query(description="Columns, separated by commas.")]
Zone = Annotated[str | None, Query(description="IANA time zone; default: the collector's.")]

_PARAMETERS = frozenset(
    {"group_by", "interval", "start", "end", "timezone", "limit", "offset", "sort", "days"}
)
_FILTERS = {
    "parameters": [
        {
            "name": column,
            "in": "query",
            "description": f"Only rows with this {column}; repeatable; empty for rows without one.",
            "schema": {"type": "array", "items": {"type": "string"}},
        }
        for column in GROUP_COLUMNS
    ]
}


def statistics_router(ledger: Ledger, default_timezone: str) -> APIRouter:
    """Return the routes. Each runs in a worker thread and reads through a cursor of its own."""
    router = APIRouter(prefix="/metrics/token", tags=["statistics"])

    ask = partial(_ask, ledger, default_timezone)

    @router.get("/total", openapi_extra=_FILTERS)
    def total(request: Request, start: Start = None, end: End = None, timezone: Zone = None) -> Response:
        """Return one object with the total of everything."""
        return _json(ask(get_token_total, request, timezone, start_time=start, end_time=end))

    @router.get("/summary", openapi_extra=_FILTERS)
    def summary(
        request: Request,
        group_by: Groups = "endpoint_name",
        sort: str = "total_tokens",
        limit: int | None = None,
        start: Start = None,
        end: End = None,
        timezone: Zone = None,
    ) -> Response:
        """Return totals by one or several columns, the largest first."""
        figures = {"group_by": group_by, "sort": sort, "limit": limit, "start_time": start, "end_time": end}
        return _json(ask(get_token_summary, request, timezone, **figures))

    @router.get("/timeline", openapi_extra=_FILTERS)
    def timeline(
        request: Request,
        interval: Annotated[str, Query(description="hour, day, week or month.")] = "day",
        group_by: Groups | None = None,
        start: Start = None,
        end: End = None,
        timezone: Zone = None,
    ) -> Response:
        """Return totals by time, empty buckets included."""
        figures = {"interval": interval, "group_by": group_by, "start_time": start, "end_time": end}
        return _json(ask(get_token_timeline, request, timezone, **figures))

    @router.get("/latency", openapi_extra=_FILTERS)
    def latency(
        request: Request,
        group_by: Groups | None = None,
        start: Start = None,
        end: End = None,
        timezone: Zone = None,
    ) -> Response:
        """Return how long calls took, in milliseconds."""
        moments = {"start_time": start, "end_time": end}
        return _json(ask(get_token_latency, request, timezone, group_by=group_by, **moments))

    @router.get("/daily", openapi_extra=_FILTERS)
    def daily(request: Request, days: int = 7, timezone: Zone = None) -> Response:
        """Return one row a day for the last days, today included."""
        return _json(ask(get_daily_stats, request, timezone, days=days))

    return router


def pages_router(ledger: Ledger, default_timezone: str) -> APIRouter:
    """Return the routes of long lists, a page at a time; they run as the statistics do."""
    router = APIRouter(prefix="/metrics/token", tags=["pages"])

    ask = partial(_ask, ledger, default_timezone)

    @router.get("/sessions", openapi_extra=_FILTERS)
    def sessions(
        request: Request,
        limit: int = 50,
        offset: int = 0,
        sort: str = "last_timestamp",
        start: Start = None,
        end: End = None,
        timezone: Zone = None,
    ) -> Response:
        """Return a page of sessions; the header X-Total-Count has the number of all."""
        moments = {"start_time": start, "end_time": end}
        page = {"limit": limit, "offset": offset, "sort": sort}
        rows = ask(get_token_sessions, request, timezone, **moments, **page)
        count = ask(get_token_session_count, request, timezone, **moments)
        return _json(rows, {"X-Total-Count": str(count)})

    @router.get("/calls", openapi_extra=_FILTERS)
    def calls(
        request: Request,
        limit: int = 50,
        offset: int = 0,
        sort: str = "timestamp",
        start: Start = None,
        end: End = None,
        timezone: Zone = None,
    ) -> Response:
        """Return a page of single calls; `session_id=…` gives those of one session."""
        page = {"limit": limit, "offset": offset, "sort": sort, "start_time": start, "end_time": end}
        return _json(ask(get_token_calls, request, timezone, **page))

    return router


def savings_router(ledger: Ledger, default_timezone: str, book: PriceBook) -> APIRouter:
    """Return the route that estimates what caching saved."""
    router = APIRouter(prefix="/metrics/token", tags=["statistics"])

    @router.get("/savings", openapi_extra=_FILTERS)
    def savings(request: Request, start: Start = None, end: End = None, timezone: Zone = None) -> Response:
        """Return what the tokens read from caches would have cost more, in USD, at the prices of today."""
        figures = {"group_by": PRICED_BY, "start_time": start, "end_time": end}
        rows = _ask(ledger, default_timezone, get_token_summary, request, timezone, **figures)
        return _json(cache_savings(rows, datetime.now(UTC).replace(tzinfo=None), book))

    return router


def explain_router(ledger: Ledger) -> APIRouter:
    """Return the route that explains a trace."""
    router = APIRouter(tags=["explain"])

    @router.get("/explain/{identity}")
    def explain_trace(identity: str) -> Response:
        """Return the tree of a trace (or of a row's trace) with the verdict on every report in it."""
        try:
            with ledger.cursor() as cursor:
                return _json(explain(cursor, identity))
        except ValueError as error:
            raise HTTPException(404, str(error)) from error
        except duckdb.Error as error:
            raise HTTPException(503, explained(error)) from error

    return router


def _ask(
    ledger: Ledger,
    default_timezone: str,
    statistic: Callable[..., Any],
    request: Request,
    timezone: str | None,
    **parameters: Any,
) -> Any:
    parameters |= {"timezone": timezone or default_timezone, "filters": _filters(request)}
    try:
        with ledger.cursor() as cursor:
            return statistic(**parameters, source=cursor)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    except (duckdb.Error, LedgerError) as error:
        raise HTTPException(503, explained(error)) from error


def _filters(request: Request) -> dict[str, list[str | None]]:
    """Collect the filters of a URL: every parameter that is named as a column."""
    filters: dict[str, list[str | None]] = {}
    for name, value in request.query_params.multi_items():
        if name in GROUP_COLUMNS:
            filters.setdefault(name, []).append(value or None)
        elif name not in _PARAMETERS:
            allowed = ", ".join(GROUP_COLUMNS)
            raise HTTPException(422, f"unknown parameter {name!r}: the filters are {allowed}")
    return filters


def _json(rows: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(rows, default=_iso), media_type="application/json", headers=headers)


def _iso(value: date) -> str:
    return value.isoformat()
