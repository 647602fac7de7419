"""What each call used: counts that always mean the same, whatever the emitter meant by them (C2, C3, 7m)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokenlake_collector.decode.records import Index
from tokenlake_collector.flatten.emitters import Emitters
from tokenlake_collector.flatten.inclusion import decide_inclusion, total_words
from tokenlake_collector.flatten.reasoning import decide_reasoning
from tokenlake_collector.flatten.scatter import Scattered
from tokenlake_collector.flatten.usage import Usage
from tokenlake_collector.flatten.values import Mask

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Counts per call, in tokens: input with the cache, output with the reasoning.

    `rule` says which step decided about the input. `doubts` tells for each word where a count is doubtful: a
    row that breaks the invariants is as reported.
    """

    counts: dict[str, Counts]
    rule: pa.StringArray
    doubts: dict[str, Mask]


def read_tokens(scattered: Scattered, reported: Usage, emitters: Emitters, owners: Index) -> Tokens:
    """Bring the reported counts of some records to one meaning."""
    usage = _with_cache_parts(reported, scattered, owners)
    gemini = emitters.gemini()
    words = total_words(usage, emitters, gemini)
    inclusion = decide_inclusion(usage, emitters, gemini, words)
    thoughts = decide_reasoning(usage, emitters, words)
    compacted, advised = (
        [_part(scattered, f"{kind}_{name}_tokens", owners) for name in ("input", "output")]
        for kind in ("compaction", "advisor")
    )
    counts = {
        "input_tokens": inclusion.whole + thoughts.tool_prompts + compacted[0],
        "output_tokens": thoughts.output + compacted[1],
        **{name: usage.column(name) for name in ("cache_read_tokens", "cache_creation_tokens")},
        "reasoning_tokens": usage.column("reasoning_tokens"),
    }
    broken = _broken(counts)
    for name in ("input_tokens", "output_tokens"):
        counts[name] = np.where(broken, usage.column(name), counts[name])
    doubts = {
        "invariant": broken,
        "unsplit_cache": inclusion.unsplit > 0,
        "unsplit_compaction": (compacted[0] > 0) | (compacted[1] > 0),
        # A second model's tokens, billed at its own price, which no record names (C8).
        "advisor_uncounted": (advised[0] > 0) | (advised[1] > 0),
    }
    return Tokens(counts, inclusion.rules(), doubts)


def _with_cache_parts(usage: Usage, scattered: Scattered, owners: Index) -> Usage:
    """Take cache writes that are absent or 0 from their parts: kept for five minutes, and for an hour."""
    parts = sum(_part(scattered, f"cache_{kept}_tokens", owners) for kept in ("5m", "1h"))
    written = usage.column("cache_creation_tokens")
    # A view on the counts of these records, which are nobody else's.
    np.copyto(written, parts, where=written == 0)
    return usage


def _part(scattered: Scattered, name: str, owners: Index) -> Counts:
    if not scattered.has(name):
        return np.zeros(len(owners), dtype=np.int64)
    counts: Counts = scattered.counts[scattered.rows(name)[owners]]
    return counts


def _broken(counts: dict[str, Counts]) -> Mask:
    cache = counts["cache_read_tokens"] + counts["cache_creation_tokens"]
    mask: Mask = (cache > counts["input_tokens"]) | (counts["reasoning_tokens"] > counts["output_tokens"])
    return mask
