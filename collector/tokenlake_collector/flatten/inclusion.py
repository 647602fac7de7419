"""Whether an input count holds the cached tokens (rule C2), and which step of the rule told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokenlake_collector.dialects.habits import ALWAYS, NEVER, Total, inclusions, totals
from tokenlake_collector.dialects.versions import reaches
from tokenlake_collector.flatten.emitters import Emitters, Words
from tokenlake_collector.flatten.usage import Usage
from tokenlake_collector.flatten.values import Mask
from tokenlake_collector.texts import combined, spread


class Step(IntEnum):
    """The steps of the rule; the name in lower case is what `input_rule` says.

    GEMINI (step 0): Google's own models always include. UNCACHED_COUNT (1): a count without the cache is
    reported as well. NO_CACHE (2): no cached tokens, so nothing to decide. INPUT_BELOW_CACHE (3): less than
    the cached tokens, so they are outside. TOTAL_ADDS_CACHE (4): the total has them besides the input.
    PROVIDER_TOTAL (5): the provider's total is input and output alone. TOTAL_GAP (6): the total is larger by
    what must be cached tokens. TABLE (7): inclusion.csv. DEFAULT (8): the standard, which includes.
    """

    NO_CACHE = 0
    UNCACHED_COUNT = 1
    GEMINI = 2
    INPUT_BELOW_CACHE = 3
    TOTAL_ADDS_CACHE = 4
    PROVIDER_TOTAL = 5
    TOTAL_GAP = 6
    TABLE = 7
    DEFAULT = 8


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Per record the whole input in tokens, the deciding step, and what of it is cache without a split."""

    whole: npt.NDArray[np.int64]
    step: npt.NDArray[np.int64]
    unsplit: npt.NDArray[np.int64]

    def rules(self) -> pa.StringArray:
        """Return the steps as text."""
        return spread([step.name.lower() for step in Step], self.step)


def decide_inclusion(usage: Usage, emitters: Emitters, gemini: Mask, words: Words) -> Inclusion:
    """Take the steps of C2 in order; `words` are what totals.csv says of each record's total."""
    reported, output = usage.column("input_tokens"), usage.column("output_tokens")
    cache = usage.column("cache_read_tokens") + usage.column("cache_creation_tokens")
    total, reasoning = usage.column("total_tokens"), usage.column("reasoning_tokens")
    told, cached, sums = usage.has("total_tokens"), cache > 0, reported + output
    step = np.where(cached, Step.DEFAULT, Step.NO_CACHE)
    open_ = cached & ~usage.has("uncached_tokens")
    arithmetic = {Step.GEMINI: gemini, Step.INPUT_BELOW_CACHE: reported < cache}
    if told.any():
        adds = told & ((total == sums + cache) | (total == sums + cache + reasoning))
        own = told & (total == sums) & np.isin(words, _OWN)
        arithmetic |= {Step.TOTAL_ADDS_CACHE: adds, Step.PROVIDER_TOTAL: own}
    for decided, mask in arithmetic.items():
        step[open_ & mask] = decided
        open_ &= ~mask
    outside = (step == Step.INPUT_BELOW_CACHE) | (step == Step.TOTAL_ADDS_CACHE)
    outside |= _by_table(emitters, open_, step)
    gap = np.zeros(len(step), dtype=np.int64)
    if told.any():
        gap = np.where(~cached & told & (words == Total.GAP), np.maximum(total - sums, 0), 0)
        gap[gap == reasoning] = 0
        step[gap > 0] = Step.TOTAL_GAP
    whole = reported + np.where(outside, cache, 0) + gap
    return _with_uncached(usage, Inclusion(whole, step, gap), cache)


_OWN = (Total.PROVIDER, Total.GAP, Total.THOUGHTS)


def total_words(usage: Usage, emitters: Emitters, gemini: Mask) -> Words:
    """Look up what the total is worth, where that can matter."""
    sums = usage.column("input_tokens") + usage.column("output_tokens")
    cache = usage.column("cache_read_tokens") + usage.column("cache_creation_tokens")
    above = usage.column("total_tokens") - sums
    matters = usage.has("total_tokens") & ((above > 0) | ((above == 0) & (cache > 0) & ~gemini))
    words = np.full(len(sums), "", dtype=object)
    asked = np.flatnonzero(matters)
    if len(asked):
        words[asked] = emitters.words(totals(), asked)
    return words


def _by_table(emitters: Emitters, open_: Mask, step: npt.NDArray[np.int64]) -> Mask:
    """Ask inclusion.csv about what is still open; return where input is without the cache."""
    outside = np.zeros(len(step), dtype=np.bool_)
    asked = np.flatnonzero(open_)
    if len(asked) == 0:
        return outside
    texts, codes = emitters.answers(inclusions(), asked)
    firsts, kind = combined(codes, emitters.scope[asked])
    told = [_told(texts[codes[first]], emitters.version(int(asked[first]))) for first in firsts]
    known = np.array([answer is not None for answer in told], dtype=np.bool_)[kind]
    step[asked[known]] = Step.TABLE
    outside[asked[known]] = ~np.array([bool(answer) for answer in told], dtype=np.bool_)[kind[known]]
    return outside


def _told(word: str, version: str) -> bool | None:
    """Return whether a table's word says that input includes the cache, None where it says nothing."""
    if word in (ALWAYS, NEVER):
        return word == ALWAYS
    return reaches(version, word) if word else None


def _with_uncached(usage: Usage, found: Inclusion, cache: npt.NDArray[np.int64]) -> Inclusion:
    """Let an uncached count settle it (step 1): what input has above it and the split is cache as well."""
    told = usage.has("uncached_tokens")
    if not told.any():
        return found
    counted = usage.column("uncached_tokens") + cache
    whole = np.where(told, np.maximum(counted, usage.column("input_tokens")), found.whole)
    unsplit = np.where(told, whole - counted, found.unsplit)
    return Inclusion(whole, np.where(told, Step.UNCACHED_COUNT, found.step), unsplit)
