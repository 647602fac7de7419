import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import fastapi
import httpx
import pytest
from fastapi.responses import StreamingResponse
from opentelemetry import propagate

from harness.web_servers import asgi_server
from tokenlake import (
    BaggageSettings,
    TokenTrackingASGI,
    TokenTrackingContext,
    get_tracking_context,
    install_baggage,
    notices,
    tracking_context,
)

Scope = dict[str, Any]
both_in = threading.Barrier(2, timeout=10)
afterwards: queue.Queue[str] = queue.Queue()
lifespans: list[TokenTrackingContext] = []


def current() -> str:
    context = get_tracking_context()
    return f"{context.session_id}/{context.user_id}/{context.channel}"


def context_of(scope: Any) -> TokenTrackingContext:
    headers = dict(scope["headers"])
    return TokenTrackingContext(session_id=headers[b"session"].decode(), user_id="alice", channel="web")


async def async_context_of(scope: Any) -> TokenTrackingContext:
    await asyncio.sleep(0)
    return context_of(scope)


@asynccontextmanager
async def lifespan(app: fastapi.FastAPI) -> AsyncIterator[None]:
    lifespans.append(get_tracking_context())
    yield


router = fastapi.APIRouter()


@router.get("/coroutine")
async def coroutine() -> str:
    return current()


@router.get("/thread")
def thread() -> str:
    return current()


@router.get("/both")
def both() -> str:
    both_in.wait()
    return current()


@router.get("/stream")
async def stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        for _ in range(2):
            await asyncio.sleep(0)
            yield f"{current()} "

    return StreamingResponse(parts())


@router.get("/stream-in-threads")
def stream_in_threads() -> StreamingResponse:
    def parts() -> Iterator[str]:
        for _ in range(2):
            yield f"{current()} "

    return StreamingResponse(parts())


@router.get("/decorated")
def decorated() -> StreamingResponse:
    @tracking_context(channel="stream")
    def parts() -> Iterator[str]:
        with tracking_context(user_id="bob"):
            yield f"{current()} "
            yield f"{current()} "

    return StreamingResponse(parts())


@router.get("/task")
async def task() -> str:
    return await asyncio.create_task(coroutine())


@router.get("/background")
def background(later: fastapi.BackgroundTasks) -> str:
    later.add_task(lambda: afterwards.put(current()))
    return "later"


def application(context_of: Callable[[Any], Any] | None) -> fastapi.FastAPI:
    """Return an application whose answers say in which context they were made."""
    app = fastapi.FastAPI(lifespan=lifespan)
    app.include_router(router)
    app.add_middleware(TokenTrackingASGI, context_of=context_of)
    return app


@pytest.fixture(autouse=True)
def fresh_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_seen", set())
    lifespans.clear()


def answer(url: str, path: str, **headers: str) -> str:
    text = httpx.get(f"{url}{path}", headers=headers, timeout=10).raise_for_status().text
    return text.strip('" ')


@pytest.mark.parametrize("how", [context_of, async_context_of])
def test_every_kind_of_endpoint_runs_in_the_context_of_its_request(
    how: Callable[[Any], Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Coroutines, functions in threads, tasks and streams; the callable is a function or a coroutine one."""
    with asgi_server(application(how)) as url:
        one = "s-1/alice/web"
        expected = {
            "/coroutine": one,
            "/thread": one,
            "/task": one,
            "/stream": f"{one} {one}",
            "/stream-in-threads": f"{one} {one}",
            "/decorated": "s-1/bob/stream s-1/bob/stream",
        }

        assert expected == {path: answer(url, path, session="s-1") for path in expected}

    assert [] == caplog.messages


def test_what_runs_after_the_response_is_in_the_context_too() -> None:
    """A background task of the request has its session."""
    with asgi_server(application(context_of)) as url:
        answer(url, "/background", session="s-1")
        expected = "s-1/alice/web"

        assert expected == afterwards.get(timeout=10)


def test_two_requests_at_once_have_their_own_contexts() -> None:
    """While both are inside, in threads of one server, each has its own session."""
    with asgi_server(application(context_of)) as url, ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(answer, url, "/both", session=session) for session in ("s-1", "s-2")]

        assert ["s-1/alice/web", "s-2/alice/web"] == [one.result() for one in asked]


def test_a_callable_that_fails_costs_the_attribution_and_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    """Two requests without the header that it reads are answered; one line names the error."""
    with asgi_server(application(context_of)) as url:
        assert ["None/None/None"] * 2 == [answer(url, "/thread") for _ in range(2)]

    assert ["context_of does not say who a request is for: KeyError(b'session')"] == caplog.messages


def test_a_callable_that_returns_something_else_is_named_in_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A dict is no context; the request goes on."""
    with asgi_server(application(lambda _: {"session_id": "s-1"})) as url:
        assert "None/None/None" == answer(url, "/thread")

    [warning] = caplog.messages

    assert "'dict' object" in warning


def test_a_callable_may_know_nobody() -> None:
    """None means that nothing is set."""
    with asgi_server(application(lambda _: None)) as url:
        assert "None/None/None" == answer(url, "/thread")


def test_the_start_of_the_server_passes_without_asking() -> None:
    """The application's lifespan runs, and the callable is not asked about it."""
    with asgi_server(application(context_of)) as url:
        answer(url, "/thread", session="s-1")

        assert [TokenTrackingContext()] == lifespans


def test_a_websocket_has_a_context_too() -> None:
    """An ASGI application is called with the websocket's scope, inside its context."""
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["type"], current()))

    scope = {"type": "websocket", "headers": [(b"session", b"s-1")]}
    asyncio.run(TokenTrackingASGI(app, context_of)(scope, None, None))

    assert [("websocket", "s-1/alice/web")] == seen


def test_baggage_of_a_request_is_taken_only_where_that_is_wanted() -> None:
    """Off by default; on, the callable's own words win over it."""
    before = propagate.get_global_textmap()
    header = {"baggage": "gen_ai.conversation.id=theirs,user.id=bob,tokenlake.channel=api"}
    named = TokenTrackingContext(session_id="s-1")
    with asgi_server(application(lambda _: named)) as url, asgi_server(application(None)) as plain:
        off = answer(plain, "/thread", **header)
        install_baggage(BaggageSettings(receive=True))
        on = answer(plain, "/thread", **header), answer(url, "/thread", **header)
        install_baggage(BaggageSettings())
    propagate.set_global_textmap(before)

    assert ("None/None/None", ("theirs/bob/api", "s-1/bob/api")) == (off, on)


def test_an_exception_of_the_application_passes() -> None:
    """The middleware adds nothing to an error, and leaves no context behind."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(TokenTrackingASGI(app)({"type": "http", "headers": []}, None, None))

    assert TokenTrackingContext() == get_tracking_context()
