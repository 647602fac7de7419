"""The words that make a row doubtful, or that its verdict needs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from tokenlake_collector.decode.records import Index
from tokenlake_collector.dialects.sources import disjoint_agents
from tokenlake_collector.dialects.tables import Role
from tokenlake_collector.flatten.emitters import Emitters
from tokenlake_collector.flatten.kinds import Kinds
from tokenlake_collector.flatten.recognition import dialect_names
from tokenlake_collector.flatten.scatter import Scattered
from tokenlake_collector.flatten.tokens import Tokens
from tokenlake_collector.flatten.values import Mask

LOG_BRIDGE = "log_bridge"
"""A span that was made of a log record: a copy wherever the log or the real span is there (C5)."""

DISJOINT_AGENT = "disjoint_agent"
"""An agent's span that holds only its own messages, also where agents are nested in it (C4)."""


def flags_of_spans(
    scattered: Scattered, emitters: Emitters, tokens: Tokens, kinds: Kinds, owners: Index
) -> pa.StringArray:
    """Return each row's words, NULL where there is none."""
    bridge = scattered.rows(LOG_BRIDGE)[owners] >= 0
    agents = np.flatnonzero(kinds.are(Role.AGENT)[owners])
    return joined({**tokens.doubts, LOG_BRIDGE: bridge, DISJOINT_AGENT: _disjoint(emitters, agents)})


def joined(words: Mapping[str, Mask]) -> pa.StringArray:
    """Join the words of each row, in order, by commas."""
    rows = len(next(iter(words.values())))
    if not any(mask.any() for mask in words.values()):
        return pa.nulls(rows, pa.string())
    flags = np.full(rows, None, dtype=object)
    for word, mask in words.items():
        for row in np.flatnonzero(mask).tolist():
            flags[row] = word if flags[row] is None else f"{flags[row]},{word}"
    return pa.array(flags, pa.string())


def _disjoint(emitters: Emitters, agents: Index) -> Mask:
    mask: Mask = np.zeros(len(emitters.dialects), dtype=np.bool_)
    for record in agents.tolist():
        dialect, scope = dialect_names()[emitters.dialects[record]], emitters.scopes[emitters.scope[record]]
        mask[record] = disjoint_agents(dialect, scope, emitters.version(record))
    return mask
