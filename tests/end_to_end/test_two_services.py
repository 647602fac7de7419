"""Model calls of a second service belong to the session and the user of the first, over real HTTP."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from opentelemetry import propagate
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind

from harness.collector_process import running_collector
from harness.planner_service import planner_service
from tokenlake import BaggageSettings, install_baggage, tracking_context, tracking_headers
from tokenlake_queries import get_token_summary

TRACER = TracerProvider(shutdown_on_exit=False).get_tracer("client")
WAYS = ["span", "headers"]
PATHS = ["middleware", "extracted"]
# Made once: a client of its own for each example would read the certificate authorities each time.
TLS = ssl.create_default_context()
runs = count()


@dataclass(frozen=True)
class Services:
    """Where the second service and the collector are."""

    port: int
    collector: str

    @property
    def listed(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def unlisted(self) -> str:
        """The same service under a name that is not on the list."""
        return f"http://localhost:{self.port}"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """This process is the first service: it sends to 127.0.0.1 only."""
    before = propagate.get_global_textmap()
    db = tmp_path_factory.mktemp("two_services") / "usage.duckdb"
    with (
        running_collector(db) as collector,
        planner_service(collector.http, TOKENLAKE_BAGGAGE_RECEIVE="1") as port,
    ):
        install_baggage(BaggageSettings(hosts=("127.0.0.1",)))
        yield Services(port, collector.http)
        install_baggage(BaggageSettings())
    propagate.set_global_textmap(before)


def get(url: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.get(url, headers=headers, timeout=30, verify=TLS).raise_for_status()


def headers_for(url: str, way: str) -> dict[str, str]:
    """Return what a client's instrumentation injects, or what a hand-made request asks for."""
    if way == "headers":
        return tracking_headers(url)
    headers: dict[str, str] = {}
    with TRACER.start_as_current_span("GET", kind=SpanKind.CLIENT, attributes={"url.full": url}):
        propagate.inject(headers)
    return headers


@dataclass(frozen=True)
class Work:
    """Requests of one session, one after the other, in a task or in a thread."""

    in_thread: bool
    sessions: tuple[tuple[str, str, str, int], ...]
    """Which session, how its requests get their headers, which path they take, how often others go first."""


works = st.lists(
    st.builds(
        Work,
        st.booleans(),
        st.lists(
            st.tuples(
                st.sampled_from("abc"), st.sampled_from(WAYS), st.sampled_from(PATHS), st.integers(0, 3)
            ),
            min_size=1,
            max_size=4,
        ).map(tuple),
    ),
    min_size=2,
    max_size=5,
)


async def in_a_task(work: Work, base: str, run: int, client: httpx.AsyncClient) -> None:
    for session, way, path, turns in work.sessions:
        with tracking_context(session_id=f"{run}-{session}", user_id=f"user-{session}", channel="web"):
            for _ in range(turns):
                await asyncio.sleep(0)
            url = f"{base}/{path}/{session}"
            (await client.get(url, headers=headers_for(url, way))).raise_for_status()


def in_a_thread(work: Work, base: str, run: int) -> None:
    with httpx.Client(timeout=30, verify=TLS) as client:
        for session, way, path, _ in work.sessions:
            with tracking_context(session_id=f"{run}-{session}", user_id=f"user-{session}", channel="web"):
                url = f"{base}/{path}/{session}"
                client.get(url, headers=headers_for(url, way)).raise_for_status()


async def all_at_once(works: list[Work], base: str, run: int) -> None:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(len(works)) as pool:
        async with httpx.AsyncClient(timeout=30, verify=TLS) as client:
            await asyncio.gather(
                *(
                    loop.run_in_executor(pool, in_a_thread, work, base, run)
                    if work.in_thread
                    else in_a_task(work, base, run, client)
                    for work in works
                )
            )


def stored(services: Services, run: int) -> Counter[tuple[str, str, str, str]]:
    """Return how many calls of a run the collector has, by model, session, user and channel."""
    assert get(f"{services.listed}/flush").json() is True
    rows = get_token_summary(["model", "session_id", "user_id", "channel"], source=services.collector)
    return Counter(
        {
            (row["model"], row["session_id"], row["user_id"], row["channel"]): row["calls"]
            for row in rows
            if (row["session_id"] or "").startswith(f"{run}-")
        }
    )


# A failure is shown as it was found: each try to shrink it costs a hundred requests.
@settings(max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(works)
def test_calls_of_the_second_service_belong_to_who_asked_the_first(
    services: Services, works: list[Work]
) -> None:
    """Whatever sessions ask at once, in whatever order, each call has its own session, user and channel."""
    run = next(runs)
    asyncio.run(all_at_once(works, services.listed, run))

    expected = Counter(
        (session, f"{run}-{session}", f"user-{session}", "web")
        for work in works
        for session, *_ in work.sessions
    )

    assert expected == stored(services, run)


@pytest.mark.parametrize("way", WAYS)
def test_only_a_listed_host_sees_who_asks(services: Services, way: str) -> None:
    """The same service under its listed address gets the baggage, under another name none."""

    def seen(base: str) -> list[str]:
        url = f"{base}/baggage"
        answer: list[str] = get(url, headers_for(url, way)).json()
        return answer

    with tracking_context(session_id="s-1", user_id="alice"):
        assert ["gen_ai.conversation.id=s-1,user.id=alice"] == seen(services.listed)
        assert [] == seen(services.unlisted)


def test_a_service_that_was_not_told_to_believe_anybody_believes_nobody(services: Services) -> None:
    """Without TOKENLAKE_BAGGAGE_RECEIVE the calls of a request with baggage have no session."""
    with planner_service(services.collector) as port:
        base = f"http://127.0.0.1:{port}"
        with tracking_context(session_id="stranger"):
            for path in PATHS:
                url = f"{base}/{path}/unbelieving"
                get(url, headers_for(url, "span"))
        get(f"{base}/flush")

    rows = get_token_summary(["session_id"], filters={"model": ["unbelieving"]}, source=services.collector)

    assert [(None, 2)] == [(row["session_id"], row["calls"]) for row in rows]
