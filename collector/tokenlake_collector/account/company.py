"""Who of a batch has company, as far as is known: in the batch, in the ledger, or among lower signals."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tokenlake_collector.account.gate import Gate, Mask
from tokenlake_collector.account.keys import KinKeys, RowKeys


@dataclass(frozen=True, slots=True)
class Batch:
    """Calls and the spans without usage beside them, with their keys."""

    calls: pa.Table
    kin: pa.Table
    keys: RowKeys
    kin_keys: KinKeys


@dataclass(frozen=True, slots=True)
class Company:
    """Which of a batch have company.

    Calls are `involved` in a family, and some of them are `meeting` stored reports; spans without usage are
    `joining` stored reports; services have reports of a `lower` signal.
    """

    involved: Mask
    meeting: Mask
    joining: Mask
    lower: AbstractSet[str]

    def is_like(self, other: Company) -> bool:
        """Tell whether both have the same company."""
        mine, theirs = ((c.involved, c.meeting, c.joining) for c in (self, other))
        return self.lower == other.lower and all(map(np.array_equal, mine, theirs))

    def __or__(self, other: Company) -> Company:
        involved = self.involved | other.involved
        return Company(
            involved, self.meeting | other.meeting, self.joining | other.joining, self.lower | other.lower
        )


def company(batch: Batch, gate: Gate, lower: AbstractSet[str]) -> Company:
    """Return the company that a gate knows of."""
    involved = gate.involved(batch.calls, batch.keys, batch.kin, batch.kin_keys)
    joining = gate.reported.holds(batch.kin_keys.trace)
    return Company(involved, gate.meets(batch.keys, involved), joining, lower)


def everybody(batch: Batch, lower: AbstractSet[str]) -> Company:
    """Return the company of a batch of which nothing is known: all of it may have relatives anywhere."""
    calls, kin = (np.ones(rows.num_rows, dtype=np.bool_) for rows in (batch.calls, batch.kin))
    return Company(calls, calls, kin, lower)
