"""The gate in front of everything that is read over HTTP."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from tokenlake_collector.access.tokens import Scope, Tokens
from tokenlake_collector.errors import PermissionDenied, Unauthenticated

CHALLENGE = {"WWW-Authenticate": "Bearer"}


class ReadGate:
    """ASGI middleware: every path needs a token of scope `read`, but for a few.

    A path that is added later is closed until somebody opens it.
    """

    def __init__(self, application: ASGIApp, tokens: Tokens, not_here: Collection[str]) -> None:
        """Guard all but the paths `not_here`: they are open, or have a check of their own."""
        self._application = application
        self._tokens = tokens
        self._not_here = frozenset(not_here)

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Pass on, or answer 401 or 403 with a JSON body."""
        if scope["path"] in self._not_here:
            await self._application(scope, receive, send)
            return
        try:
            self._tokens.check(Scope.READ, Headers(scope=scope))
        except Unauthenticated as error:
            await _refusal(str(error), 401, CHALLENGE)(scope, receive, send)
        except PermissionDenied as error:
            await _refusal(str(error), 403)(scope, receive, send)
        else:
            await self._application(scope, receive, send)


def _refusal(message: str, code: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"detail": message}, code, headers)
