"""Why a report is not counted, in words: the rows of reasons.csv."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def reasons() -> dict[str, tuple[str, str]]:
    """Return, by the word in the column `reason`, the rule and a sentence."""
    text = files(__package__).joinpath("reasons.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["reason"]: (row["rule"], row["sentence"]) for row in rows}


def in_words(reason: str | None) -> str:
    """Return a verdict as a person reads it."""
    if reason is None:
        return "counted"
    rule, sentence = reasons().get(reason, ("?", reason))
    return f"not counted ({rule}): {sentence}"
