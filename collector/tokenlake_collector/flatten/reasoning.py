"""Whether an output count holds the reasoning tokens (rule C3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tokenlake_collector.dialects.habits import Reasoning, Total, reasonings
from tokenlake_collector.flatten.emitters import Emitters, Words
from tokenlake_collector.flatten.usage import Usage
from tokenlake_collector.flatten.values import Mask


@dataclass(frozen=True, slots=True)
class Thoughts:
    """Per record, in tokens: the whole output, and the tool prompts that input lacks."""

    output: npt.NDArray[np.int64]
    tool_prompts: npt.NDArray[np.int64]


def decide_reasoning(usage: Usage, emitters: Emitters, words: Words) -> Thoughts:
    """Add reasoning to output where it stands outside; `words` are what totals.csv says of the total."""
    output, reasoning = usage.column("output_tokens"), usage.column("reasoning_tokens")
    tool_prompts = np.zeros(len(output), dtype=np.int64)
    outside = np.zeros(len(output), dtype=np.bool_)
    asked = np.flatnonzero(reasoning > 0)
    if len(asked):
        outside[asked] = _outside(usage.take(asked), emitters, asked)
    whole = output + np.where(outside, reasoning, 0)
    if not usage.has("total_tokens").any():
        return Thoughts(whole, tool_prompts)
    above = usage.column("total_tokens") - usage.column("input_tokens") - output
    gap = usage.has("total_tokens") & (above > 0) & np.isin(words, (Total.THOUGHTS, Total.OUTPUT))
    # Thoughts that are told apart leave tool prompts; else all of the gap is taken as output.
    split = gap & (words == Total.THOUGHTS) & (reasoning > 0) & (reasoning <= above)
    whole = np.where(gap, output + np.where(split, reasoning, above), whole)
    tool_prompts[split] = (above - reasoning)[split]
    return Thoughts(whole, tool_prompts)


def _outside(usage: Usage, emitters: Emitters, asked: npt.NDArray[np.int64]) -> Mask:
    """Tell where reasoning stands outside output, by arithmetic or else by reasoning.csv."""
    reported, output = usage.column("input_tokens"), usage.column("output_tokens")
    reasoning, total = usage.column("reasoning_tokens"), usage.column("total_tokens")
    cache = usage.column("cache_read_tokens") + usage.column("cache_creation_tokens")
    told, sums = usage.has("total_tokens"), reported + output
    # A cache as large as the reasoning explains the same total, and then nothing is proven.
    inside = told & ((total == sums) | (total == sums + cache))
    outside = (total == sums + reasoning) | ((cache > 0) & (total == sums + cache + reasoning))
    proven = (reasoning > output) | (told & outside & ~inside)
    words = emitters.words(reasonings(), asked)
    known = ((words == Reasoning.OUTSIDE) & ~inside) | ((words == Reasoning.WITHOUT_TOTAL) & ~told)
    mask: Mask = proven | known
    return mask
