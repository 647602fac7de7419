"""The one HTTP port: OTLP, the statistics, health and our own metrics."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from tokenlake_collector.api import explain_router, statistics_router
from tokenlake_collector.config import Settings
from tokenlake_collector.errors import CollectorError
from tokenlake_collector.meters import Meters
from tokenlake_collector.receive import Submit
from tokenlake_collector.receive.otlp_http import otlp_routes
from tokenlake_collector.storage.ledger import Ledger


def build_application(ledger: Ledger, submit: Submit, meters: Meters, settings: Settings) -> FastAPI:
    """Assemble the ASGI application of a collector."""
    application = FastAPI(title="tokenlake", description="Where LLM tokens and money go.")
    application.router.routes.extend(otlp_routes(submit, meters, settings.max_body_bytes))
    application.include_router(statistics_router(ledger, settings.timezone))
    application.include_router(explain_router(ledger))

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
        return {"status": "ok"}

    @application.get("/metrics", tags=["health"])
    def metrics() -> Response:
        """Show the collector's own metrics in Prometheus form."""
        return Response(meters.render(), media_type=CONTENT_TYPE_LATEST)

    return application
