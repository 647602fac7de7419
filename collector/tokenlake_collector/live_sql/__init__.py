"""SQL of others against a ledger: read-only, bounded, while the collector writes."""

from tokenlake_collector.live_sql.errors import Refused, TooMuch
from tokenlake_collector.live_sql.formats import FORMATS
from tokenlake_collector.live_sql.guard import check
from tokenlake_collector.live_sql.limits import SqlLimits
from tokenlake_collector.live_sql.live_sql import LiveSql
from tokenlake_collector.live_sql.runner import Statement, run

__all__ = ["FORMATS", "LiveSql", "Refused", "SqlLimits", "Statement", "TooMuch", "check", "run"]
