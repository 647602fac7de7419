"""The async twins: the same questions, asked in a worker thread so that the event loop goes on."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from tokenlake_queries.calls import get_token_calls
from tokenlake_queries.daily import get_daily_stats
from tokenlake_queries.latency import get_token_latency
from tokenlake_queries.sessions import get_token_session_count, get_token_sessions
from tokenlake_queries.summary import get_stats_by_channel, get_stats_by_user, get_token_summary
from tokenlake_queries.timeline import get_token_timeline
from tokenlake_queries.totals import get_token_total

P = ParamSpec("P")
R = TypeVar("R")


def _twin(function: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Return ``function`` as a coroutine function with the same signature and documentation."""

    @wraps(function)
    async def twin(*args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.to_thread(function, *args, **kwargs)

    twin.__name__ = twin.__qualname__ = f"async_{function.__name__}"
    twin.__module__ = __name__
    return twin


async_get_token_summary = _twin(get_token_summary)
async_get_token_timeline = _twin(get_token_timeline)
async_get_token_sessions = _twin(get_token_sessions)
async_get_token_session_count = _twin(get_token_session_count)
async_get_token_total = _twin(get_token_total)
async_get_token_calls = _twin(get_token_calls)
async_get_token_latency = _twin(get_token_latency)
async_get_daily_stats = _twin(get_daily_stats)
async_get_stats_by_user = _twin(get_stats_by_user)
async_get_stats_by_channel = _twin(get_stats_by_channel)
