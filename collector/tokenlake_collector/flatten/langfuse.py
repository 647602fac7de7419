"""Langfuse's own form of usage: buckets whose names begin with what they are part of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FORMS = ((False, False), (True, False), (False, True), (True, True))
"""Whether `input` and `output` hold their parts; buckets are meant to be disjoint, so that comes first."""


def buckets(usage: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of usage in buckets, in tokens; {} where it has another form.

    `total` tells whether `input` holds the cache and `output` the reasoning. `output` is returned with its
    reasoning; `bare_input` only where `input` is without the cache.
    """
    counts = {name: int(count) for name, count in usage.items() if _is_count(count)}
    if not counts.keys() & {"input", "output"}:
        return {}
    base = {name: counts.get(name, 0) for name in ("input", "output")}
    cache = {name: count for name, count in counts.items() if _is_cache(name)}
    plain = sum(c for name, c in counts.items() if name.startswith("input_") and name not in cache)
    beside = sum(count for name, count in counts.items() if name.startswith("output_"))
    within = _form(base, plain + sum(cache.values()), beside, counts.get("total"))
    created = sum(count for name, count in cache.items() if "creation" in name or "write" in name)
    found = {
        **({"input": base["input"]} if "input" in counts else {}),
        "output": base["output"] + (0 if within[1] else beside),
        "cache_read": sum(cache.values()) - created,
        "cache_creation": created,
        "reasoning": sum(c for n, c in counts.items() if n.startswith("output_") and "reasoning" in n),
    }
    return found if within[0] else found | {"bare_input": base["input"] + plain}


def _is_count(value: Any) -> bool:
    return (type(value) is int or (type(value) is float and value.is_integer())) and value >= 0


def _is_cache(name: str) -> bool:
    return name.startswith(("input_", "cache_")) and "cache" in name


def _form(base: Mapping[str, int], inputs: int, outputs: int, total: int | None) -> tuple[bool, bool]:
    for form in _FORMS:
        beside = (0 if form[0] else inputs) + (0 if form[1] else outputs)
        if total == sum(base.values()) + beside:
            return form
    return _FORMS[0]
