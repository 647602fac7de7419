"""What other collectors wrote into a ledger that several share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """What was written in the snapshots `first` to `last`: the names of the tables, all if None."""

    first: int
    last: int
    tables: frozenset[str] | None

    def touch(self, *names: str) -> bool:
        """Tell whether any of some tables may have changed."""
        return self.tables is None or not self.tables.isdisjoint(names)
