"""Who a request is for: middleware that sets the tracking context, for both kinds of Python server."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from contextvars import Context, copy_context
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from tokenlake.attribution.context import EMPTY, TokenTrackingContext
from tokenlake.attribution.propagation import received_context
from tokenlake.attribution.scope import tracking_context
from tokenlake.notices import warn_once

Scope = MutableMapping[str, Any]
ASGIApplication = Callable[[Scope, Any, Any], Awaitable[None]]
ContextOfScope = Callable[[Scope], TokenTrackingContext | Awaitable[TokenTrackingContext | None] | None]
ContextOfEnviron = Callable[[WSGIEnvironment], TokenTrackingContext | None]

_REQUESTS: Final = frozenset({"http", "websocket"})


class TokenTrackingASGI:
    """ASGI middleware: each request and websocket runs in its own tracking context, to the end of its stream.

    What `context_of` returns overrides what the request's baggage brought, where that is received at all.
    """

    def __init__(self, app: ASGIApplication, context_of: ContextOfScope | None = None) -> None:
        """Wrap an application, by hand or by `app.add_middleware(TokenTrackingASGI, context_of=…)`.

        Args:
            app: what answers the requests.
            context_of: says who a request is for, from its ASGI scope; a function or a coroutine function.
                When it raises, a warning is logged once and the request goes on without it.
        """
        self._app = app
        self._context_of = context_of

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request; the server's own events pass."""
        if scope["type"] not in _REQUESTS:
            await self._app(scope, receive, send)
            return
        with tracking_context(await self._context(scope)):
            await self._app(scope, receive, send)

    async def _context(self, scope: Scope) -> TokenTrackingContext:
        received = received_context(_baggage_header(scope))
        if self._context_of is None:
            return received
        try:
            told = self._context_of(scope)
            return _combined(received, await told if inspect.isawaitable(told) else told)
        except Exception as error:  # noqa: BLE001  # a request is worth more than its attribution
            return _without(received, error)


class TokenTrackingWSGI:
    """WSGI middleware: each request runs in its own tracking context, to the end of its stream.

    What `context_of` returns overrides what the request's baggage brought, where that is received at all.
    """

    def __init__(self, app: WSGIApplication, context_of: ContextOfEnviron | None = None) -> None:
        """Wrap an application: `app.wsgi_app = TokenTrackingWSGI(app.wsgi_app, context_of)` in Flask.

        Args:
            app: what answers the requests.
            context_of: says who a request is for, from its WSGI environ. When it raises, a warning is logged
                once and the request goes on without it.
        """
        self._app = app
        self._context_of = context_of

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        context = copy_context()
        context.run(tracking_context(self._context(environ)).__enter__)
        body = context.run(self._app, environ, start_response)
        # A finished body has nothing left to run, and servers look at its length.
        return body if isinstance(body, list | tuple) else _Body(context, body)

    def _context(self, environ: WSGIEnvironment) -> TokenTrackingContext:
        received = received_context(environ.get("HTTP_BAGGAGE"))
        if self._context_of is None:
            return received
        try:
            return _combined(received, self._context_of(environ))
        except Exception as error:  # noqa: BLE001  # a request is worth more than its attribution
            return _without(received, error)


class _Body:
    """A response body that is made, part by part, inside the context of its request."""

    def __init__(self, context: Context, body: Iterable[bytes]) -> None:
        self._context = context
        self._body = body
        self._parts = context.run(iter, body)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self._context.run(next, self._parts)

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            self._context.run(close)


def _baggage_header(scope: Scope) -> str | None:
    return next(
        (value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"baggage"), None
    )


def _combined(received: TokenTrackingContext, told: TokenTrackingContext | None) -> TokenTrackingContext:
    return received.overridden_by(EMPTY if told is None else told)


def _without(received: TokenTrackingContext, error: Exception) -> TokenTrackingContext:
    warn_once("context_of", "context_of does not say who a request is for: %r", error)
    return received
