"""What one collector with a file of its own, fed once, has to say: the truth for several on one ledger."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from harness.captures import Request
from harness.known_traffic import Batch
from tokenlake_collector.ingest import Accepted, Ingest
from tokenlake_collector.meters import Meters
from tokenlake_collector.prices import PriceBook
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries import (
    Source,
    get_daily_stats,
    get_token_sessions,
    get_token_summary,
    get_token_timeline,
    get_token_total,
)

_AT_ONCE = 20
_DIMENSIONS = ("model", "user_id", "endpoint_name", "channel", "operation_type")


def fed_once(db: Path, batches: Iterable[Batch], requests: Iterable[Request]) -> Path:
    """Put what was acknowledged into a new file, each request once, and return the file."""
    sent = [(Signal.TRACES, batch.payload) for batch in batches]
    sent += [(request.signal, request.payload) for request in requests]
    ledger = Ledger.open(db)
    ingest = Ingest(ledger, Meters(), PriceBook())
    for signal, group in groupby(sorted(sent, key=lambda one: one[0].value), key=lambda one: one[0]):
        payloads = [payload for _, payload in group]
        for first in range(0, len(payloads), _AT_ONCE):
            outcomes = ingest.process(signal, payloads[first : first + _AT_ONCE])
            assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    ledger.close()
    return db


def statistics(source: Source) -> dict[str, Any]:
    """Return every statistic over all time; money to a millionth of a dollar: sums are of another order."""
    found: dict[str, Any] = {
        "total": get_token_total(source=source),
        "days": get_daily_stats(366, source=source),
        "hours": get_token_timeline(interval="hour", source=source),
        "sessions": get_token_sessions(limit=1_000, source=source),
    }
    for dimension in _DIMENSIONS:
        found[dimension] = get_token_summary(group_by=dimension, source=source)
    return {name: _rounded(value) for name, value in found.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value
