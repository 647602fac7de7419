from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.validate import validator

import httpx
import pytest
from opentelemetry import propagate

from harness.web_servers import wsgi_server
from tokenlake import (
    BaggageSettings,
    TokenTrackingContext,
    TokenTrackingWSGI,
    get_tracking_context,
    install_baggage,
    notices,
)

TEXT = [("Content-Type", "text/plain")]


def current() -> bytes:
    context = get_tracking_context()
    return f"{context.session_id}/{context.user_id} ".encode()


def context_of(environ: WSGIEnvironment) -> TokenTrackingContext:
    return TokenTrackingContext(session_id=environ["HTTP_SESSION"], user_id="alice")


class Parts:
    """A body that says in which context each part was made, and in which it was closed."""

    def __init__(self, closings: list[bytes]) -> None:
        self._closings = closings
        self._left = 2

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._left:
            raise StopIteration
        self._left -= 1
        return current()

    def close(self) -> None:
        self._closings.append(current())


def finished(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    return [current()]


def streamed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Start the response as late as a generator does."""
    start_response("200 OK", TEXT)
    yield current()
    yield current()


@pytest.fixture(autouse=True)
def fresh_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_seen", set())


def answer(url: str, **headers: str) -> str:
    response = httpx.get(url, headers=headers, timeout=10).raise_for_status()
    return response.text.strip()


@pytest.mark.parametrize(("app", "expected"), [(finished, "s-1/alice"), (streamed, "s-1/alice s-1/alice")])
def test_an_application_runs_in_the_context_of_its_request(
    app: Callable[[Any, Any], Iterable[bytes]], expected: str
) -> None:
    """A list and a generator; the standard library's validator has no objection to either side."""
    with wsgi_server(validator(TokenTrackingWSGI(validator(app), context_of))) as url:
        assert expected == answer(url, session="s-1")


def test_a_finished_body_is_passed_on_as_it_is() -> None:
    """The server can still tell its length, which a wrapped one would hide."""
    with wsgi_server(TokenTrackingWSGI(finished, context_of)) as url:
        response = httpx.get(url, headers={"session": "s-1"})

    expected = str(len(b"s-1/alice "))

    assert expected == response.headers["Content-Length"]


def test_a_body_is_closed_in_its_context() -> None:
    """`close` is forwarded, also where the client has left in the middle."""
    closings: list[bytes] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return Parts(closings)

    body = TokenTrackingWSGI(app, context_of)({"HTTP_SESSION": "s-1"}, lambda *_: lambda _: None)

    assert b"s-1/alice " == next(iter(body))
    assert b"None/None " == current()

    body.close()  # type: ignore[attr-defined]  # what a server does where there is one

    assert [b"s-1/alice "] == closings


def test_two_requests_at_once_have_their_own_contexts() -> None:
    """While both are inside, in threads of one server, each has its own session."""
    both_in = Barrier(2, timeout=10)

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        both_in.wait()
        yield current()

    with wsgi_server(TokenTrackingWSGI(app, context_of)) as url, ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(answer, url, session=session) for session in ("s-1", "s-2")]

        assert ["s-1/alice", "s-2/alice"] == [one.result() for one in asked]


def test_a_callable_that_fails_costs_the_attribution_and_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    """Two requests without the header that it reads are answered; one line names the error."""
    with wsgi_server(TokenTrackingWSGI(finished, context_of)) as url:
        assert ["None/None"] * 2 == [answer(url) for _ in range(2)]

    assert ["context_of does not say who a request is for: KeyError('HTTP_SESSION')"] == caplog.messages


def test_baggage_of_a_request_is_taken_only_where_that_is_wanted() -> None:
    """Off by default; on, the callable's own words win over it."""
    before = propagate.get_global_textmap()
    baggage = "gen_ai.conversation.id=theirs,user.id=bob"
    with wsgi_server(TokenTrackingWSGI(finished)) as plain:
        off = answer(plain, baggage=baggage)
        install_baggage(BaggageSettings(receive=True))
        on = answer(plain, baggage=baggage)
    with wsgi_server(TokenTrackingWSGI(finished, context_of)) as url:
        both = answer(url, baggage=baggage, session="s-1")
    install_baggage(BaggageSettings())
    propagate.set_global_textmap(before)

    assert ("None/None", "theirs/bob", "s-1/alice") == (off, on, both)
