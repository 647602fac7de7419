"""The async twins."""

import asyncio
import inspect
import threading

import pytest
from duckdb import DuckDBPyConnection

import tokenlake_queries
from harness.ledger_rows import insert_row
from tokenlake_queries import (
    async_get_daily_stats,
    async_get_stats_by_channel,
    async_get_stats_by_user,
    async_get_token_session_count,
    async_get_token_sessions,
    async_get_token_summary,
    async_get_token_timeline,
    async_get_token_total,
    get_stats_by_channel,
    get_stats_by_user,
    get_token_sessions,
    get_token_summary,
    get_token_timeline,
    get_token_total,
)
from tokenlake_queries.aio import _twin

NAMES = [name for name in tokenlake_queries.__all__ if name.startswith("get_")]


def test_twins_answer_like_the_originals(table: DuckDBPyConnection) -> None:
    """All twins, asked at the same time over one connection, give what the originals give."""
    insert_row(
        table, "2026-03-01", input_tokens=5, endpoint_name="a", user_id="u", channel="c", session_id="s"
    )

    async def ask() -> list[object]:
        return await asyncio.gather(
            async_get_token_summary(source=table),
            async_get_token_timeline("hour", source=table),
            async_get_token_sessions(10, source=table),
            async_get_token_total(source=table),
            async_get_stats_by_user(source=table),
            async_get_stats_by_channel(source=table),
            async_get_token_session_count(source=table),
        )

    expected = [
        get_token_summary(source=table),
        get_token_timeline("hour", source=table),
        get_token_sessions(10, source=table),
        get_token_total(source=table),
        get_stats_by_user(source=table),
        get_stats_by_channel(source=table),
        1,
    ]

    assert expected == asyncio.run(ask())


def test_daily_twin_has_all_days(table: DuckDBPyConnection) -> None:
    """The twin of the daily list."""
    expected = 7

    assert expected == len(asyncio.run(async_get_daily_stats(source=table)))


def test_loop_goes_on_while_a_twin_waits() -> None:
    """The question runs in another thread: it ends only after the loop has done something else."""
    asked, answered = threading.Event(), threading.Event()

    def slow() -> bool:
        asked.set()
        return answered.wait(timeout=60)

    async def ask() -> bool:
        waiting = asyncio.create_task(_twin(slow)())
        await asyncio.to_thread(asked.wait, 60)
        answered.set()
        return await waiting

    assert asyncio.run(ask())


def test_errors_arrive_at_the_caller(table: DuckDBPyConnection) -> None:
    """What the original raises, the twin raises."""
    with pytest.raises(ValueError, match="interval='year' is not allowed"):
        asyncio.run(async_get_token_timeline("year", source=table))


@pytest.mark.parametrize("name", NAMES)
def test_every_function_has_its_twin(name: str) -> None:
    """A coroutine function with the same signature and its own name, for help() and type checkers."""
    original = getattr(tokenlake_queries, name)
    twin = getattr(tokenlake_queries, f"async_{name}")

    assert f"async_{name}" in tokenlake_queries.__all__
    assert twin.__name__ == f"async_{name}"
    assert inspect.iscoroutinefunction(twin)
    assert inspect.signature(original) == inspect.signature(twin)
    assert original.__doc__ == twin.__doc__
