"""What a sampler left in the trace state: how many calls one recorded call stands for."""

from __future__ import annotations

import re

import pyarrow as pa

from tokenlake_collector.decode.records import Index
from tokenlake_collector.flatten.extras import Column
from tokenlake_collector.texts import distinct

THRESHOLD = "sampling.threshold"
"""The name in `attributes`; its value is the rejection threshold as sent, up to 14 hex digits."""

# The member of the vendor `ot`, and in it the sub-key `th`: https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/
_MEMBER = re.compile(rb"(?:^|,)[ \t]*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?=[;, \t]|$)")


def read_thresholds(states: pa.BinaryArray, owners: Index) -> Column | None:
    """Return the threshold of each owner as a member of a JSON object; None if no record has any.

    A call that was sampled with probability p has the threshold (1 - p) * 2**56 and stands for 1 / p calls
    (OpenTelemetry, consistent probability sampling). Nothing is scaled here: a row holds what was reported.
    """
    texts, codes = distinct(states)
    found = [_MEMBER.search(state) if state else None for state in texts]
    if not any(found):
        return None
    members = [f'"{THRESHOLD}": "{member[1].decode()}"' if member else None for member in found]
    return members, codes[owners]
