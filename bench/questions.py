"""The questions that are timed, in each of the languages that they are asked in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import tokenlake_queries as queries

FIGURES = "count(*), sum(input_tokens), sum(output_tokens), sum(estimated_cost)"
SQL = {
    "total": f"SELECT {FIGURES} FROM token_usage",
    "by model": f"SELECT model, {FIGURES} FROM token_usage GROUP BY model",
    "by user": f"SELECT user_id, {FIGURES} FROM token_usage GROUP BY user_id",
    "by day": f"SELECT {{day}}, {FIGURES} FROM token_usage GROUP BY 1",
    "sessions": f"SELECT session_id, max(timestamp) AS last, {FIGURES} FROM token_usage "
    "GROUP BY session_id ORDER BY last DESC LIMIT 50",
    "one session": f"SELECT {FIGURES} FROM token_usage WHERE session_id = '{{session}}'",
}
"""With fewer figures than the statistics, as somebody would type them; {day} is the engine's own function."""

STATISTICS: dict[str, Callable[..., Any]] = {
    "total": queries.get_token_total,
    "by model": partial(queries.get_token_summary, "model"),
    "by user": queries.get_stats_by_user,
    "by day": queries.get_token_timeline,
    "sessions": queries.get_token_sessions,
    "one session": queries.get_token_calls,
}

PATHS = {
    "total": "total",
    "by model": "summary?group_by=model",
    "by user": "summary?group_by=user_id",
    "by day": "timeline",
    "sessions": "sessions",
    "one session": "calls?session_id={session}",
}
"""Below /metrics/token/ of a collector."""
