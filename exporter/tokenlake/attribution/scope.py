"""A tracking context for the length of a `with` block or of a function call."""

import inspect
from collections.abc import Callable, Mapping
from contextvars import Context, Token, copy_context
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from tokenlake.attribution.context import (
    EMPTY,
    TokenTrackingContext,
    get_tracking_context,
    reset_tracking_context,
    set_tracking_context,
)
from tokenlake.attribution.generators import AsyncStepsIn, steps_in

P = ParamSpec("P")
R = TypeVar("R")


class TrackingScope:
    """What `tracking_context` returns: a context manager, and a decorator for functions of every kind.

    As a context manager one object belongs to one thread or task; decorated functions may run anywhere.
    """

    def __init__(self, context: TokenTrackingContext) -> None:
        self._context = context
        self._tokens: list[Token[TokenTrackingContext]] = []

    def __enter__(self) -> TokenTrackingContext:
        """Set the context, on top of the one around it, and return the result."""
        effective = get_tracking_context().overridden_by(self._context)
        self._tokens.append(set_tracking_context(effective))
        return effective

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Bring back the context around the block."""
        reset_tracking_context(self._tokens.pop())

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorate a function, coroutine function or generator function: each call has a scope of its own.

        The body of a generator runs in a copy of the context that it was called in: neither this scope nor
        anything else that the body sets is seen by the consumer, whoever that is and in whatever thread.
        """
        # Each wrapper returns what the function does: a coroutine, a generator or a plain result.
        if inspect.iscoroutinefunction(function):
            return cast("Callable[P, R]", self._wrapped_coroutine(function))
        if inspect.isgeneratorfunction(function):
            return cast("Callable[P, R]", self._wrapped_generator(function, steps_in))
        if inspect.isasyncgenfunction(function):
            return cast("Callable[P, R]", self._wrapped_generator(function, AsyncStepsIn))
        return self._wrapped(function)

    def _wrapped(self, function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def scoped(*args: P.args, **kwargs: P.kwargs) -> R:
            with TrackingScope(self._context):
                return function(*args, **kwargs)

        return scoped

    def _wrapped_coroutine(self, function: Callable[P, Any]) -> Callable[P, Any]:
        @wraps(function)
        async def scoped(*args: P.args, **kwargs: P.kwargs) -> Any:
            with TrackingScope(self._context):
                return await function(*args, **kwargs)

        return scoped

    def _wrapped_generator(
        self, function: Callable[P, Any], steps: Callable[[Context, Any], Any]
    ) -> Callable[P, Any]:
        @wraps(function)
        def scoped(*args: P.args, **kwargs: P.kwargs) -> Any:
            context = copy_context()
            context.run(TrackingScope(self._context).__enter__)
            return steps(context, function(*args, **kwargs))

        return scoped


def tracking_context(
    context: TokenTrackingContext | None = None,
    /,
    *,
    session_id: str | None = None,
    user_id: str | None = None,
    channel: str | None = None,
    operation_type: str | None = None,
    operation_detail: str | None = None,
    endpoint_name: str | None = None,
    iteration: int | None = None,
    attributes: Mapping[str, str] | None = None,
) -> TrackingScope:
    """Stamp every span of a block, or of a decorated function, coroutine or generator, with this context.

    Nested scopes override only what they set; what is None comes from the scope around. Use
    `set_tracking_context` to replace everything. The fields are those of `TokenTrackingContext`.

    Args:
        context: a ready context; the named fields, where given, override its own.
        session_id: the conversation.
        user_id: the person or account.
        channel: where the request came from.
        operation_type: what the calls are for.
        operation_detail: the same, finer.
        endpoint_name: where the calls go.
        iteration: step of the agent loop, 0 or more.
        attributes: further attributes under the caller's own keys.
    """
    named = TokenTrackingContext(
        session_id=session_id,
        user_id=user_id,
        channel=channel,
        operation_type=operation_type,
        operation_detail=operation_detail,
        endpoint_name=endpoint_name,
        iteration=iteration,
        attributes=attributes,
    )
    return TrackingScope((context or EMPTY).overridden_by(named))
