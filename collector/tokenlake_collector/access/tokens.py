"""Bearer tokens: who may send records, and who may read."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from enum import StrEnum

from tokenlake_collector.errors import PermissionDenied, Unauthenticated

_HOW = "send Authorization: Bearer TOKEN, or x-api-key: TOKEN"


class Scope(StrEnum):
    """What a token opens."""

    INGEST = "ingest"
    READ = "read"


class Tokens:
    """The tokens of one collector; without any, everything is open.

    As soon as there is one, both scopes need one: a scope that has no token of its own is closed. Only
    digests are kept, so that no token can be printed by accident, and all of them are of one length, as a
    comparison in constant time wants them.
    """

    def __init__(self, granted: Iterable[tuple[Scope, str]] = ()) -> None:
        """Take pairs of a scope and a token; a token may have both scopes."""
        self._granted = tuple((scope, _digest(token)) for scope, token in granted)

    def __bool__(self) -> bool:
        return bool(self._granted)

    def __repr__(self) -> str:
        return f"<{len(self._granted)} tokens>"

    @property
    def scopes(self) -> frozenset[Scope]:
        """The scopes that at least one token opens."""
        return frozenset(scope for scope, _ in self._granted)

    def check(self, scope: Scope, headers: Mapping[str, str]) -> None:
        """Return when the headers (names in lower case) have a token for the scope, or none is needed.

        Raises:
            Unauthenticated: there is no token, or one that nobody was given.
            PermissionDenied: the token is for the other scope.
        """
        if not self._granted:
            return
        shown = _shown(headers)
        if not shown:
            raise Unauthenticated(f"a token is needed: {_HOW}")
        allowed = self._scopes_of(shown)
        if not allowed:
            raise Unauthenticated(f"the token is not one of this collector's: {_HOW}")
        if scope not in allowed:
            raise PermissionDenied(f"this needs a token of scope {scope}: the one that came is for others")

    def _scopes_of(self, token: str) -> set[Scope]:
        """Compare with all of them, whatever is found: how long it takes tells nothing about the token."""
        digest = _digest(token)
        return {scope for scope, known in self._granted if hmac.compare_digest(known, digest)}


NO_TOKENS = Tokens()


def _shown(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    # A proxy in between may have put a scheme of its own there.
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "").strip()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
