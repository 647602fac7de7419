"""The one HTTP port: OTLP, the statistics, health and our own metrics."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response

from tokenlake_collector.access import ReadGate
from tokenlake_collector.api import explain_router, pages_router, savings_router, statistics_router
from tokenlake_collector.config import Settings
from tokenlake_collector.downloads import backup_router
from tokenlake_collector.errors import CollectorError
from tokenlake_collector.live_sql import LiveSql
from tokenlake_collector.meters import Meters
from tokenlake_collector.prices import PriceBook
from tokenlake_collector.receive import Submit
from tokenlake_collector.receive.otlp_http import PATHS, otlp_routes
from tokenlake_collector.receive.receptions import Receptions
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.web import dashboard_routes

OPEN_PATHS = ("/healthz", "/readyz")
"""What needs no token: whoever restarts or routes has none, and both say nothing about anybody's calls."""

_CORS_HEADERS = ("authorization", "x-api-key", "content-type", "content-encoding")


def build_application(
    ledger: Ledger,
    submit: Submit,
    meters: Meters,
    receptions: Receptions,
    book: PriceBook,
    sql: LiveSql,
    settings: Settings,
) -> FastAPI:
    """Assemble the ASGI application of a collector."""
    application = FastAPI(
        title="tokenlake", description="Where LLM tokens and money go.", version=version("tokenlake")
    )
    application.router.routes.extend(otlp_routes(submit, meters, settings.tokens, receptions))
    application.include_router(statistics_router(ledger, settings.timezone))
    application.include_router(pages_router(ledger, settings.timezone))
    application.include_router(savings_router(ledger, settings.timezone, book))
    application.include_router(explain_router(ledger))
    application.include_router(backup_router(ledger))
    application.include_router(sql.router())
    _add_health(application, ledger, meters)
    dashboard = dashboard_routes()
    application.router.routes.extend(dashboard)
    if settings.tokens:
        otlp_checks_itself = PATHS.values()
        # The page is code that is public anyway; what it shows it asks for with a token.
        pages = [route.path for route in dashboard]
        not_here = {*OPEN_PATHS, *pages, *otlp_checks_itself}
        application.add_middleware(ReadGate, tokens=settings.tokens, not_here=not_here)
    if settings.cors_origins:
        # Outside of the gate: a browser's preflight request carries no token.
        application.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=_CORS_HEADERS,
            expose_headers=["Retry-After", "X-Total-Count"],
        )
    return application


def _add_health(application: FastAPI, ledger: Ledger, meters: Meters) -> None:
    @application.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """Tell that the process runs."""
        return {"status": "ok"}

    @application.get("/readyz", tags=["health"], response_model=None)
    def readyz() -> Any:
        """Tell whether rows can be read and written; 503 with the reason when not."""
        try:
            ledger.check()
        except CollectorError as error:
            return JSONResponse({"status": "failing", "reason": str(error)}, 503)
        notes = ledger.notes()
        return {"status": "ok", "notes": notes} if notes else {"status": "ok"}

    @application.get("/metrics", tags=["health"])
    def metrics() -> Response:
        """Show the collector's own metrics in Prometheus form."""
        return Response(meters.render(), media_type=CONTENT_TYPE_LATEST)
