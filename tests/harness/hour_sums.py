"""What the sums by hour say, and what the rows themselves say."""

from __future__ import annotations

import hashlib
from typing import Any

from tokenlake_collector.storage.ledger import Ledger

_GROUPS = (
    "session_id, user_id, channel, endpoint_name, model, operation_type, service_name, provider, agent_name, "
    "request_model"
)
_COUNTS = "input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, reasoning_tokens"
_COSTS = "estimated_cost, reported_cost, computed_cost"

_SUMS = f"""
SELECT hour, {_GROUPS}, sum(reports), sum(calls), sum(errors), sum(unpriced_calls),
    {", ".join(f"sum({name})" for name in _COUNTS.split(", "))},
    {", ".join(f"round(sum({name}), 9)" for name in _COSTS.split(", "))}
    {{times}}
FROM usage_hours
WHERE hour < (SELECT until FROM usage_hours_until)
GROUP BY ALL
HAVING sum(reports) <> 0
ORDER BY ALL
"""

_ROWS = f"""
SELECT date_trunc('hour', timestamp) AS hour, {_GROUPS}, count(*),
    count(*) - count(*) FILTER (signal = 'metric'), count(error_type),
    count(*) FILTER (estimated_cost IS NULL AND input_tokens + output_tokens > 0),
    {", ".join(f"sum({name})" for name in _COUNTS.split(", "))},
    {", ".join(f"round(coalesce(sum({name}), 0), 9)" for name in _COSTS.split(", "))}
    {{times}}
FROM token_usage
WHERE timestamp < (SELECT until FROM usage_hours_until)
GROUP BY ALL
ORDER BY ALL
"""


def sums(ledger: Ledger, *, times: bool = False) -> list[tuple[Any, ...]]:
    """Return one row per hour and group of the kept sums; with `times` also the first and the last."""
    return _ask(ledger, _SUMS, ", min(first_timestamp), max(last_timestamp)" if times else "")


def sums_of_rows(ledger: Ledger, *, times: bool = False) -> list[tuple[Any, ...]]:
    """Return the same, reckoned from the rows."""
    return _ask(ledger, _ROWS, ", min(timestamp), max(timestamp)" if times else "")


def hashed_sessions(ledger: Ledger) -> set[tuple[Any, ...]]:
    """Return the sessions that have sums, with the hash that is kept for each."""
    with ledger.cursor() as cursor:
        return set(cursor.execute("SELECT DISTINCT session_id, session_hash FROM usage_hours").fetchall())


def session_hash(session: str | None) -> int | None:
    """Return the last eight bytes of the MD5 of a session's name, the lowest first, as a number."""
    if session is None:
        return None
    return int.from_bytes(hashlib.md5(session.encode(), usedforsecurity=False).digest()[8:], "little")


def _ask(ledger: Ledger, query: str, times: str) -> list[tuple[Any, ...]]:
    with ledger.cursor() as cursor:
        return cursor.execute(query.format(times=times)).fetchall()
