"""The tokens of one log record: what its counts hold decides what is added to what (rules C2 and C3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tokenlake_collector.dialects.columns import TOKEN_COLUMNS
from tokenlake_collector.dialects.events import Event, Holds
from tokenlake_collector.flatten.emitters import GOOGLE
from tokenlake_collector.flatten.facts import Columns
from tokenlake_collector.flatten.inclusion import Step

INVARIANT = "invariant"
"""Flag: the cache counts are more than the input, or the reasoning is more than the output."""

NO_CACHE_SPLIT = "no_cache_split"
"""Flag: the input lies beside cache counts that the record lacks, so it may be too low."""

TOTAL_DIFFERS = "total_differs"
"""Flag: input and output do not add up to the total that the provider reported."""


@dataclass(frozen=True, slots=True)
class LogUsage:
    """Tokens by column (input with cache, output with reasoning), how the input was read, and doubts."""

    tokens: Mapping[str, int]
    reported: bool
    input_rule: str
    flags: str | None


@dataclass(frozen=True, slots=True)
class _Sent:
    """The counts as they were sent, 0 where absent; `cache` is read and creation together."""

    event: Event
    provider: str
    input: int
    output: int
    cache: int
    reasoning: int
    total: int


def read_log_usage(event: Event, provider: str | None, columns: Columns) -> LogUsage:
    """Read the counts of one record and make the input and the output whole."""
    found = {column: columns.count(column) for column in (*TOKEN_COLUMNS, "tool_tokens", "total_tokens")}
    known = {column: number or 0 for column, number in found.items()}
    sent = _Sent(
        event=event,
        provider=provider or "",
        # Tokens of tools' prompts lie beside the input in every vocabulary that has them.
        input=known["input_tokens"] + known.pop("tool_tokens"),
        output=known["output_tokens"],
        cache=known["cache_read_tokens"] + known["cache_creation_tokens"],
        reasoning=known["reasoning_tokens"],
        total=known.pop("total_tokens"),
    )
    without_cache, step = _input_lacks_cache(sent)
    known["input_tokens"] = sent.input + sent.cache * without_cache
    known["output_tokens"] += sent.reasoning * _output_lacks_reasoning(sent, known["input_tokens"])
    reported = any(found[column] is not None for column in TOKEN_COLUMNS)
    split_known = found["cache_read_tokens"] is not None or found["cache_creation_tokens"] is not None
    flags = _flags(sent, known, split_known) if reported else ()
    return LogUsage(known, reported, step.name.lower(), ",".join(flags) or None)


def _input_lacks_cache(sent: _Sent) -> tuple[bool, Step]:
    """Tell whether the cache lies beside the input, and which step of rule C2 says so."""
    if sent.cache == 0:
        return False, Step.NO_CACHE
    if sent.provider.startswith(GOOGLE):
        return False, Step.GEMINI
    if sent.input < sent.cache:
        return True, Step.INPUT_BELOW_CACHE
    beside = sent.total - sent.input - sent.output
    if beside in (sent.cache, sent.cache + sent.reasoning):
        return True, Step.TOTAL_ADDS_CACHE
    # The agents of events.csv pass on the provider's own total.
    return sent.event.input is Holds.EXCLUSIVE, Step.PROVIDER_TOTAL if beside == 0 else Step.TABLE


def _output_lacks_reasoning(sent: _Sent, whole_input: int) -> bool:
    """Tell whether the reasoning lies beside the output (rule C3)."""
    if sent.reasoning > sent.output or sent.event.output is Holds.EXCLUSIVE:
        return True
    if sent.event.output is Holds.TOTAL:
        return whole_input + sent.output != sent.total
    return sent.total == whole_input + sent.output + sent.reasoning


def _flags(sent: _Sent, known: Mapping[str, int], split_known: bool) -> tuple[str, ...]:
    input_tokens, output_tokens = known["input_tokens"], known["output_tokens"]
    doubts = {
        INVARIANT: sent.cache > input_tokens or sent.reasoning > output_tokens,
        NO_CACHE_SPLIT: sent.event.input is Holds.EXCLUSIVE and not split_known,
        TOTAL_DIFFERS: sent.total > 0 and input_tokens + output_tokens != sent.total,
    }
    return tuple(flag for flag, doubtful in doubts.items() if doubtful)
