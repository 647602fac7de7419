"""Generators whose body runs in a context of its own, step by step.

Copied once and entered for each step: what the body sets cannot leak into its consumer at a `yield`, and
what the body resets it finds in the context where it was set, though each step may come from another thread.
"""

import types
from collections.abc import AsyncGenerator, Awaitable, Generator
from contextvars import Context
from types import TracebackType
from typing import Any

Raised = type[BaseException] | BaseException


def steps_in(context: Context, body: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Return a generator that does what the body does, inside the context."""
    return (yield from _Steps(context, body))


class AsyncStepsIn(AsyncGenerator[Any, Any]):
    """An async generator that does what the body does, inside the context."""

    def __init__(self, context: Context, body: AsyncGenerator[Any, Any]) -> None:
        self._context = context
        self._body = body

    async def asend(self, value: Any) -> Any:
        """Go on to the next `yield` with this value."""
        return await _awaited_in(self._context, self._body.asend(value))

    async def athrow(self, typ: Raised, val: object = None, tb: TracebackType | None = None) -> Any:
        """Raise an exception where the body stands."""
        return await _awaited_in(self._context, self._body.athrow(*_given(typ, val, tb)))

    async def aclose(self) -> None:
        """End the body where it stands."""
        await _awaited_in(self._context, self._body.aclose())


class _Steps(Generator[Any, Any, Any]):
    """The steps of a generator, or of what a coroutine waits for, each inside the context."""

    def __init__(self, context: Context, body: Generator[Any, Any, Any]) -> None:
        self._context = context
        self._body = body

    def send(self, value: Any) -> Any:
        return self._context.run(self._body.send, value)

    def throw(self, typ: Raised, val: object = None, tb: TracebackType | None = None) -> Any:
        return self._context.run(self._body.throw, *_given(typ, val, tb))

    def close(self) -> None:
        self._context.run(self._body.close)


@types.coroutine
def _awaited_in(context: Context, step: Awaitable[Any]) -> Generator[Any, Any, Any]:
    return (yield from _Steps(context, step.__await__()))


def _given(*error: Any) -> tuple[Any, ...]:
    # The form with three arguments is deprecated: pass it on only where the caller used it.
    return error if error[1:] != (None, None) else error[:1]
