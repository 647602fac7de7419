"""Instrumented HTTP clients carry our baggage to listed hosts, and to no other."""

from __future__ import annotations

import pytest

from harness.integration_environment import integration_environment
from harness.repository import ROOT
from harness.statistics_server import Reply, serving

pytestmark = [pytest.mark.integrations, pytest.mark.timeout(600)]

CLIENTS = ["requests", "httpx", "urllib", "httpx-async", "aiohttp"]
AGENT = ROOT / "tests" / "integrations" / "agents" / "http_clients.py"


def test_instrumented_clients_tell_only_a_listed_host_who_asks() -> None:
    """One server under two names: each client tells the listed one who asks, the other a trace only."""
    with serving(lambda _: Reply()) as server:
        other = server.url.replace("127.0.0.1", "localhost")
        integration_environment("http-clients").succeed("python", str(AGENT), server.url, other)
        headers = [{name.lower(): value for name, value in one.headers.items()} for one in server.asked]

    alice = "gen_ai.conversation.id=s-1,user.id=alice"
    paths = [f"/{client}" for client in CLIENTS]

    assert paths + paths == [one.path for one in server.asked]
    assert [alice] * 5 + [None] * 5 == [one.get("baggage") for one in headers]
    assert all("traceparent" in one for one in headers)
