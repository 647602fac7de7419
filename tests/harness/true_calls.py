"""What really happened: model calls with their true counts, whatever their records say of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens of one call, or of several: `input` holds `read` and `written`, `output` holds `reasoning`."""

    input: int = 0
    output: int = 0
    read: int = 0
    written: int = 0
    reasoning: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.input + other.input,
            self.output + other.output,
            self.read + other.read,
            self.written + other.written,
            self.reasoning + other.reasoning,
        )

    @property
    def uncached(self) -> int:
        """Input tokens that were neither read from a cache nor written to one."""
        return self.input - self.read - self.written


@dataclass(frozen=True, slots=True)
class TrueCall:
    """One call that the records show: its counts, whether it failed, and whose it was."""

    counts: Counts
    failed: bool = False
    session: str | None = None
    user: str | None = None


def true_totals(calls: Iterable[TrueCall]) -> dict[str, int]:
    """Return the sums under the names that `harness.table.totals` uses."""
    listed = list(calls)
    total = sum((call.counts for call in listed), Counts())
    failed = sum(call.failed for call in listed)
    return {
        "input_tokens": total.input,
        "cache_read_tokens": total.read,
        "cache_creation_tokens": total.written,
        "output_tokens": total.output,
        "reasoning_tokens": total.reasoning,
        "calls": len(listed) - failed,
        "errors": failed,
    }
