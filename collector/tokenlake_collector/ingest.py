"""One group of requests through decode, flatten and commit; plain functions, no threads, no transport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from tokenlake_collector.decode.records import Records, count_points, decode
from tokenlake_collector.errors import BadRequest, CollectorError
from tokenlake_collector.flatten.spans import BAD_ID, flatten_spans
from tokenlake_collector.meters import Meters
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that is durable now; `refused` of its records were not stored, `message` says why."""

    refused: int = 0
    message: str = ""


Outcome: TypeAlias = Accepted | CollectorError


class Ingest:
    """Makes requests durable, many in one transaction."""

    def __init__(self, ledger: Ledger, meters: Meters) -> None:
        self._ledger = ledger
        self._meters = meters

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
        received = count_points(records, len(payloads)).sum() if signal is Signal.METRICS else len(records)
        self._meters.count_records(signal, unread=int(received))
        return [Accepted()] * len(payloads)

    def _store_spans(self, records: Records, requests: int) -> list[Outcome]:
        flat = flatten_spans(records, requests)
        self._commit(Signal.TRACES, flat.rows, len(records), int(flat.refused.sum()))
        return [Accepted(count, BAD_ID if count else "") for count in flat.refused.tolist()]

    def _commit(self, signal: Signal, rows: pa.Table, received: int, refused: int) -> None:
        committed = self._ledger.commit(rows)
        self._meters.count_records(
            signal,
            counted=committed.counted,
            uncounted=committed.uncounted,
            duplicate=committed.duplicates,
            refused=refused,
            without_usage=received - rows.num_rows - refused,
        )
