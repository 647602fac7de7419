"""Batches of spans into files of the spool; an error becomes an answer: the courier has another way."""

from tokenlake.delivery.batch import Batch
from tokenlake.delivery.codec import encodable, encode
from tokenlake.delivery.entry import Sequence
from tokenlake.delivery.spool import Spool
from tokenlake.delivery.statistics import DeliveryCounters, Drop
from tokenlake.notices import warn_once


class Store:
    """Writes the batches of one process; call it from one thread at a time."""

    def __init__(self, spool: Spool, counters: DeliveryCounters) -> None:
        self._spool = spool
        self._counters = counters
        self._numbers = Sequence()

    def next_sequence(self) -> int:
        """Return the place in the order for a batch that is made now."""
        return self._numbers.next()

    def put(self, batch: Batch) -> bool:
        """Write a batch, unless it is written already; return false when it must stay in memory."""
        if batch.entry is not None:
            return True
        content = self._encoded(batch)
        entry = self._numbers.entry(batch.sequence, len(batch.spans), content)
        try:
            fits = not batch.spans or self._spool.append(entry, content)
        except OSError as error:
            warn_once("spool write", "the spool cannot be written, a few batches wait in memory: %s", error)
            return False
        if not fits:
            self._counters.dropped(Drop.SPOOL_FULL, len(batch.spans), len(content))
        elif batch.spans:
            self._counters.spooled(len(batch.spans))
            batch.entry = entry
        return True

    def remove(self, batch: Batch) -> None:
        """Remove a batch's file, if it has one."""
        if batch.entry is not None:
            self._spool.remove(batch.entry)

    def _encoded(self, batch: Batch) -> bytes:
        try:
            return encode(batch.spans)
        except Exception:  # noqa: BLE001  # the encoder raises what protobuf, or a caller's own object, raises
            good = encodable(batch.spans)
            self._counters.dropped(Drop.UNENCODABLE, len(batch.spans) - len(good))
            batch.spans = good
            return encode(good)
