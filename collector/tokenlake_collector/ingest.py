"""One group of requests through decode, flatten and commit; plain functions, no threads, no transport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import pyarrow as pa

from tokenlake_collector.account.accounting import Accounting
from tokenlake_collector.account.pricing import NoPrices, Prices
from tokenlake_collector.decode.records import Records, count_points, decode
from tokenlake_collector.errors import BadRequest, CollectorError
from tokenlake_collector.flatten.logs import flatten_logs
from tokenlake_collector.flatten.points import flatten_points
from tokenlake_collector.flatten.rows import empty_relatives
from tokenlake_collector.flatten.spans import BAD_ID, flatten_spans
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


class Ingest:
    """Makes requests durable, many in one transaction."""

    def __init__(self, ledger: Ledger, meters: Meters, prices: Prices | None = None) -> None:
        self._ledger = ledger
        self._meters = meters
        with ledger.cursor() as cursor:
            self._accounting = Accounting(cursor, prices or NoPrices())

    def process(self, signal: Signal, payloads: Sequence[bytes]) -> list[Outcome]:
        """Store the requests of one signal and return what to answer each; they fail or succeed singly.

        A request that cannot be decoded spoils only itself. When the commit fails, all others get the same
        retryable error, and nothing of them is stored.
        """
        try:
            return list(self._store(signal, payloads))
        except BadRequest as error:
            if len(payloads) == 1:
                return [error]
            return [self.process(signal, [payload])[0] for payload in payloads]
        except CollectorError as error:
            return [error] * len(payloads)

    def _store(self, signal: Signal, payloads: Sequence[bytes]) -> Sequence[Outcome]:
        records = decode(signal, payloads)
        if signal is Signal.TRACES:
            return self._store_spans(records, len(payloads))
        rows = flatten_logs(records) if signal is Signal.LOGS else flatten_points(records)
        received = len(records) if signal is Signal.LOGS else count_points(records, len(payloads)).sum()
        self._commit(signal, rows, empty_relatives(), int(received), 0)
        return [Accepted()] * len(payloads)

    def _store_spans(self, records: Records, requests: int) -> list[Outcome]:
        flat = flatten_spans(records, requests)
        self._commit(Signal.TRACES, flat.rows, flat.relatives, len(records), int(flat.refused.sum()))
        return [Accepted(count, BAD_ID if count else "") for count in flat.refused.tolist()]

    def _commit(self, signal: Signal, rows: pa.Table, kin: pa.Table, received: int, refused: int) -> None:
        committed = Committed()
        if rows.num_rows or kin.num_rows:
            stored = self._ledger.transaction(partial(self._accounting.store, rows=rows, kin=kin))
            self._accounting.remember(stored)
            self._meters.count_doubts(stored.tally.unpriced, stored.tally.flags)
            committed = stored.committed
        self._meters.count_records(
            signal,
            counted=committed.counted,
            uncounted=committed.uncounted,
            duplicate=committed.duplicates,
            refused=refused,
            without_usage=received - rows.num_rows - refused,
        )
