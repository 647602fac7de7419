"""`POST /sql`: statements of others, a few at once, each on a thread and cursor of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from functools import partial
from typing import Annotated, Any

import duckdb
from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from tokenlake_collector.live_sql.errors import Refused, TooMuch
from tokenlake_collector.live_sql.formats import FORMATS, Format
from tokenlake_collector.live_sql.limits import SqlLimits
from tokenlake_collector.live_sql.request import BODY, read_statement, wanted_format
from tokenlake_collector.live_sql.runner import Statement, run
from tokenlake_collector.storage.failure import explained
from tokenlake_collector.storage.ledger import Ledger

_SOON = {"Retry-After": "1"}
_INTERRUPT_AGAIN_S = 0.05


class LiveSql:
    """What runs now, and the route to run more; all but the statements themselves is on the event loop."""

    def __init__(self, ledger: Ledger, limits: SqlLimits) -> None:
        self._ledger = ledger
        self._limits = limits
        self._busy = 0
        self._stopped = asyncio.Event()

    def router(self) -> APIRouter:
        """Return the route."""
        router = APIRouter(tags=["sql"])

        @router.post("/sql", openapi_extra=BODY)
        async def sql(
            request: Request,
            form: Annotated[str | None, Query(alias="format", description=", ".join(FORMATS))] = None,
        ) -> Response:
            """Run one SELECT, read-only, and return its rows."""
            chosen = wanted_format(form, request.headers.get("accept", ""))
            content = await self._answer(request, await read_statement(request), chosen)
            return Response(content, media_type=chosen.media_type)

        return router

    def stop(self) -> None:
        """End what runs, and take nothing new: nobody waits for an answer at a shutdown."""
        self._stopped.set()

    async def _answer(self, request: Request, statement: Statement, form: Format) -> bytes:
        self._refuse_if_full()
        self._busy += 1
        try:
            with contextlib.closing(await asyncio.to_thread(self._ledger.cursor)) as cursor:
                work = asyncio.to_thread(partial(_written, cursor, statement, self._limits, form))
                return await _unless(cursor, work, _client_gone(request), self._stopped.wait())
        except (Refused, TooMuch) as error:
            self._refuse_if_stopped()
            raise HTTPException(422, str(error)) from error
        except duckdb.Error as error:
            raise HTTPException(503, explained(error), _SOON) from error
        finally:
            self._busy -= 1

    def _refuse_if_full(self) -> None:
        self._refuse_if_stopped()
        if self._busy >= self._limits.at_once:
            raise HTTPException(503, f"{self._busy} statements run already: try again", _SOON)

    def _refuse_if_stopped(self) -> None:
        if self._stopped.is_set():
            raise HTTPException(503, "the collector is shutting down: try again", _SOON)


def _written(
    cursor: duckdb.DuckDBPyConnection, statement: Statement, limits: SqlLimits, form: Format
) -> bytes:
    return form.write(run(cursor, statement, limits))


async def _unless(
    cursor: duckdb.DuckDBPyConnection,
    running: Coroutine[Any, Any, bytes],
    *ends: Coroutine[Any, Any, object],
) -> bytes:
    """Wait for some work on a thread; interrupt it when one of the ends comes, or when cancelled."""
    work, reasons = asyncio.create_task(running), {asyncio.create_task(end) for end in ends}
    try:
        await asyncio.wait({work, *reasons}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for reason in reasons:
            reason.cancel()
        # Between two steps an interrupt finds nothing to interrupt.
        while not work.done():
            _interrupt(cursor)
            await asyncio.wait({work}, timeout=_INTERRUPT_AGAIN_S)
    return work.result()


async def _client_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _interrupt(cursor: duckdb.DuckDBPyConnection) -> None:
    with contextlib.suppress(duckdb.Error):
        cursor.interrupt()
