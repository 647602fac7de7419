# mypy: ignore-errors
"""Sends one request by each of four instrumented clients to each URL that it is given; lists 127.0.0.1."""

import asyncio
import sys
import urllib.request

import aiohttp
import httpx
import requests
from opentelemetry import trace
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.urllib import URLLibInstrumentor
from opentelemetry.sdk.trace import TracerProvider

from tokenlake import BaggageSettings, init_token_tracking, install_baggage, tracking_context

trace.set_tracer_provider(TracerProvider())
init_token_tracking()
install_baggage(BaggageSettings(hosts=("127.0.0.1",)))
for instrumentor in (
    AioHttpClientInstrumentor,
    HTTPXClientInstrumentor,
    RequestsInstrumentor,
    URLLibInstrumentor,
):
    instrumentor().instrument()


async def by_coroutines(url: str) -> None:
    async with httpx.AsyncClient() as client:
        await client.get(f"{url}/httpx-async")
    async with aiohttp.ClientSession() as session, session.get(f"{url}/aiohttp"):
        pass


for base in sys.argv[1:]:
    with tracking_context(session_id="s-1", user_id="alice"):
        requests.get(f"{base}/requests", timeout=10)
        httpx.get(f"{base}/httpx")
        with urllib.request.urlopen(f"{base}/urllib", timeout=10):  # noqa: S310  # the test's own server
            pass
        asyncio.run(by_coroutines(base))
