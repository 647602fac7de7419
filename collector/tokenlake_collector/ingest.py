"""One group of requests through decode, flatten and commit; plain functions, no threads, no transport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from tokenlake_collector.account.accounting import Accounting
from tokenlake_collector.account.pricing import NoPrices, Prices
from tokenlake_collector.decode.records import count_points, decode
from tokenlake_collector.errors import BadRequest, CollectorError
from tokenlake_collector.flatten.logs import flatten_logs
from tokenlake_collector.flatten.points import flatten_points
from tokenlake_collector.flatten.rows import empty_relatives
from tokenlake_collector.flatten.spans import BAD_ID, FlatSpans, flatten_spans
from tokenlake_collector.meters import Meters
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.insert import Committed
from tokenlake_collector.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that is durable now; `refused` of its records were not stored, `message` says why."""

    refused: int = 0
    message: str = ""


Outcome: TypeAlias = Accepted | CollectorError


@dataclass(frozen=True, slots=True)
class Prepared:
    """A group of requests of one signal as rows, and what to answer each once these are stored."""

    signal: Signal
    outcomes: Sequence[Outcome]
    received: int
    rows: pa.Table
    kin: pa.Table

    @property
    def refused(self) -> int:
        """Records that cannot be stored although their request can."""
        return sum(outcome.refused for outcome in self.outcomes if isinstance(outcome, Accepted))


class Ingest:
    """Makes requests durable, many in one transaction.

    `prepare` and `store` may run at the same time in a thread each, for one group after another.
    """

    def __init__(self, ledger: Ledger, meters: Meters, prices: Prices | None = None) -> None:
        self._ledger = ledger
        self._meters = meters
        with ledger.cursor() as cursor:
            self._accounting = Accounting(cursor, prices or NoPrices())

    def process(self, signal: Signal, payloads: Sequence[bytes]) -> list[Outcome]:
        """Prepare and store the requests of one signal; return what to answer each."""
        return self.store(self.prepare(signal, payloads))

    def prepare(self, signal: Signal, payloads: Sequence[bytes]) -> Prepared:
        """Turn the requests of one signal into rows; one that cannot be decoded spoils only itself."""
        try:
            return _prepared(signal, payloads)
        except BadRequest as error:
            if len(payloads) == 1:
                return _nothing(signal, error)
        refusals = [_refusal(signal, payload) for payload in payloads]
        good = [payload for payload, refusal in zip(payloads, refusals, strict=True) if refusal is None]
        prepared = _prepared(signal, good)
        accepted = iter(prepared.outcomes)
        outcomes = [refusal or next(accepted) for refusal in refusals]
        return Prepared(signal, outcomes, prepared.received, prepared.rows, prepared.kin)

    def store(self, prepared: Prepared) -> list[Outcome]:
        """Commit a group; when that fails, all that was good gets the same retryable error."""
        try:
            self._commit(prepared)
        except CollectorError as error:
            return [
                outcome if isinstance(outcome, CollectorError) else error for outcome in prepared.outcomes
            ]
        return list(prepared.outcomes)

    def _commit(self, prepared: Prepared) -> None:
        rows, kin = prepared.rows, prepared.kin
        committed = Committed()
        if rows.num_rows or kin.num_rows:
            stored = self._ledger.transaction(
                partial(self._accounting.store, rows=rows, kin=kin), self._accounting.remember
            )
            self._meters.count_doubts(stored.tally.unpriced, stored.tally.flags)
            committed = stored.committed
        self._meters.count_records(
            prepared.signal,
            counted=committed.counted,
            uncounted=committed.uncounted,
            duplicate=committed.duplicates,
            refused=prepared.refused,
            without_usage=prepared.received - rows.num_rows - prepared.refused,
        )


def _prepared(signal: Signal, payloads: Sequence[bytes]) -> Prepared:
    records = decode(signal, payloads)
    if signal is Signal.TRACES:
        flat = flatten_spans(records, len(payloads))
        received = len(records)
    elif signal is Signal.LOGS:
        flat = _without_kin(flatten_logs(records), len(payloads))
        received = len(records)
    else:
        flat = _without_kin(flatten_points(records), len(payloads))
        received = int(count_points(records, len(payloads)).sum())
    outcomes = [Accepted(count, BAD_ID if count else "") for count in flat.refused.tolist()]
    return Prepared(signal, outcomes, received, flat.rows, flat.relatives)


def _without_kin(rows: pa.Table, requests: int) -> FlatSpans:
    """Log records and metric points have no relatives beside them, and none is refused alone."""
    return FlatSpans(rows, empty_relatives(), np.zeros(requests, dtype=np.int64))


def _nothing(signal: Signal, error: BadRequest) -> Prepared:
    empty = _prepared(signal, [])
    return Prepared(signal, [error], 0, empty.rows, empty.kin)


def _refusal(signal: Signal, payload: bytes) -> BadRequest | None:
    try:
        _prepared(signal, [payload])
    except BadRequest as error:
        return error
    return None
