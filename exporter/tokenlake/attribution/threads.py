"""The tracking context in threads, which start with an empty one unless it is carried over.

Everything that lives in context variables comes along, OTel's current span too. So does `asyncio.to_thread`,
and so do threads themselves from Python 3.14 on where `thread_inherit_context` is switched on.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def carry_context(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function bound to the context of this moment, for a thread or a callback that runs it later.

    Each call runs in a copy of that context: what it sets ends with it. Calls may overlap. Not for coroutine
    functions: tasks inherit the context by themselves.
    """
    context = copy_context()

    @wraps(function)
    def carried(*args: P.args, **kwargs: P.kwargs) -> R:
        # A copy for each call: one context cannot be entered by two threads at once.
        return context.copy().run(function, *args, **kwargs)

    return carried


class TrackingThreadPoolExecutor(ThreadPoolExecutor):
    """A `ThreadPoolExecutor` whose work runs in the context that submitted it, also by `map`."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run the function in a copy of the context of this moment."""
        return super().submit(carry_context(fn), *args, **kwargs)
