"""Statistics over a ``token_usage`` table: by group, over time, by session, in total."""

from tokenlake_queries.aio import (
    async_get_daily_stats,
    async_get_stats_by_channel,
    async_get_stats_by_user,
    async_get_token_calls,
    async_get_token_latency,
    async_get_token_session_count,
    async_get_token_sessions,
    async_get_token_summary,
    async_get_token_timeline,
    async_get_token_total,
)
from tokenlake_queries.buckets import INTERVALS
from tokenlake_queries.calls import CALL_SORTS, get_token_calls
from tokenlake_queries.columns import GROUP_COLUMNS
from tokenlake_queries.daily import get_daily_stats
from tokenlake_queries.errors import LedgerError, LedgerLocked
from tokenlake_queries.latency import get_token_latency
from tokenlake_queries.sessions import SESSION_SORTS, get_token_session_count, get_token_sessions
from tokenlake_queries.sources import Source, set_default_source
from tokenlake_queries.summary import get_stats_by_channel, get_stats_by_user, get_token_summary
from tokenlake_queries.timeline import get_token_timeline
from tokenlake_queries.totals import get_token_total

__all__ = [
    "CALL_SORTS",
    "GROUP_COLUMNS",
    "INTERVALS",
    "SESSION_SORTS",
    "LedgerError",
    "LedgerLocked",
    "Source",
    "async_get_daily_stats",
    "async_get_stats_by_channel",
    "async_get_stats_by_user",
    "async_get_token_calls",
    "async_get_token_latency",
    "async_get_token_session_count",
    "async_get_token_sessions",
    "async_get_token_summary",
    "async_get_token_timeline",
    "async_get_token_total",
    "get_daily_stats",
    "get_stats_by_channel",
    "get_stats_by_user",
    "get_token_calls",
    "get_token_latency",
    "get_token_session_count",
    "get_token_sessions",
    "get_token_summary",
    "get_token_timeline",
    "get_token_total",
    "set_default_source",
]
