"""One group of requests through decode, flatten and commit; plain functions, no threads, no transport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from tokenlake_collector.account.accounting import Accounting
from tokenlake_collector.account.planning import Plan
from tokenlake_collector.account.pricing import NoPrices, Prices
from tokenlake_collector.decode.records import count_points, decode
from tokenlake_collector.decode.slices import SLICE_BYTES, sliced
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
    """A group of requests of one signal as rows, and what to answer each once these are stored.

    `reports` of its `received` records give rows; without a plan there is nothing to store. `pruned` ones are
    older than what the ledger keeps.
    """

    signal: Signal
    outcomes: Sequence[Outcome]
    received: int
    reports: int
    plan: Plan | None
    pruned: int = 0

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
            self._accounting = Accounting(cursor, prices or NoPrices(), ledger.hours, ledger.leads)
        ledger.follow(self._accounting.learn)

    def process(self, signal: Signal, payloads: Sequence[bytes]) -> list[Outcome]:
        """Prepare and store the requests of one signal; return what to answer each."""
        return self.store(self.prepare(signal, payloads))

    def prepare(self, signal: Signal, payloads: Sequence[bytes]) -> Prepared:
        """Turn the requests of one signal into rows; one that cannot be decoded spoils only itself."""
        try:
            return self._prepared(signal, payloads)
        except BadRequest as error:
            if len(payloads) == 1:
                return Prepared(signal, [error], 0, 0, None)
        refusals = [_refusal(signal, payload) for payload in payloads]
        good = [payload for payload, refusal in zip(payloads, refusals, strict=True) if refusal is None]
        prepared = self._prepared(signal, good)
        accepted = iter(prepared.outcomes)
        return replace(prepared, outcomes=[refusal or next(accepted) for refusal in refusals])

    def store(self, prepared: Prepared) -> list[Outcome]:
        """Commit a group; when that fails, all that was good gets the same retryable error."""
        try:
            self._commit(prepared)
        except CollectorError as error:
            return [error if isinstance(outcome, Accepted) else outcome for outcome in prepared.outcomes]
        return list(prepared.outcomes)

    def _prepared(self, signal: Signal, payloads: Sequence[bytes]) -> Prepared:
        flat, received = _flattened(signal, payloads)
        rows, relatives = map(self._ledger.boundary.kept, (flat.rows, flat.relatives))
        pruned = [0] * len(payloads)
        if rows.num_rows < flat.rows.num_rows:
            # Each request alone says which sender to tell. Nothing that old comes as a rule.
            pruned = [self._count_pruned(_flattened(signal, [payload])[0].rows) for payload in payloads]
        outcomes = list(map(self._accepted, flat.refused.tolist(), pruned))
        empty = not rows.num_rows and not relatives.num_rows
        plan = None if empty else self._accounting.plan(rows, relatives)
        return Prepared(signal, outcomes, received, rows.num_rows, plan, sum(pruned))

    def _count_pruned(self, rows: pa.Table) -> int:
        return int(rows.num_rows - self._ledger.boundary.kept(rows).num_rows)

    def _accepted(self, bad: int, pruned: int) -> Accepted:
        reasons = [BAD_ID] if bad else []
        if pruned:
            reasons.append(f"what is older than {self._ledger.boundary.before} UTC was pruned and stays out")
        return Accepted(bad + pruned, "; ".join(reasons))

    def _commit(self, prepared: Prepared) -> None:
        committed = Committed()
        if prepared.plan is not None:
            requests = sum(isinstance(outcome, Accepted) for outcome in prepared.outcomes)
            with self._meters.commits.transaction(requests, prepared.received):
                stored = self._ledger.transaction(partial(self._accounting.store, plan=prepared.plan))
            self._meters.records.add_doubts(stored.tally.unpriced, stored.tally.flags)
            committed = stored.committed
        self._meters.records.add(
            prepared.signal,
            prepared.received,
            accepted=committed.counted,
            uncounted=committed.uncounted,
            duplicate=committed.duplicates,
            bad_id=prepared.refused - prepared.pruned,
            pruned=prepared.pruned,
            without_usage=prepared.received - prepared.reports - prepared.refused,
        )


def _flattened(signal: Signal, payloads: Sequence[bytes]) -> tuple[FlatSpans, int]:
    """Return the rows of some requests, and how many records they hold; a large request is read in parts."""
    if all(len(payload) <= SLICE_BYTES for payload in payloads):
        return _flat(signal, payloads)
    found, owners = [], []
    for owner, payload in enumerate(payloads):
        for part in sliced(payload):
            found.append(_flat(signal, [part]))
            owners.append(owner)
    refused = np.bincount(owners, [int(flat.refused.sum()) for flat, _ in found], len(payloads))
    rows, relatives = (
        pa.concat_tables(parts) for parts in zip(*((f.rows, f.relatives) for f, _ in found), strict=True)
    )
    return FlatSpans(rows, relatives, refused.astype(np.int64)), sum(received for _, received in found)


def _flat(signal: Signal, payloads: Sequence[bytes]) -> tuple[FlatSpans, int]:
    records = decode(signal, payloads)
    if signal is Signal.TRACES:
        return flatten_spans(records, len(payloads)), len(records)
    if signal is Signal.LOGS:
        return _without_kin(flatten_logs(records), len(payloads)), len(records)
    points = int(count_points(records, len(payloads)).sum())
    return _without_kin(flatten_points(records), len(payloads)), points


def _without_kin(rows: pa.Table, requests: int) -> FlatSpans:
    """Log records and metric points have no relatives beside them, and none is refused alone."""
    return FlatSpans(rows, empty_relatives(), np.zeros(requests, dtype=np.int64))


def _refusal(signal: Signal, payload: bytes) -> BadRequest | None:
    try:
        for part in sliced(payload):
            decode(signal, [part])
    except BadRequest as error:
        return error
    return None
