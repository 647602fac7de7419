"""The tokens of log records that repeat a span's attributes: read as the span's are, so that both agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tokenlake_collector.decode.records import Records
from tokenlake_collector.flatten.emitters import Emitters
from tokenlake_collector.flatten.log_usage import LogUsage
from tokenlake_collector.flatten.recognition import dialect_code
from tokenlake_collector.flatten.scatter import Scattered
from tokenlake_collector.flatten.tokens import read_tokens
from tokenlake_collector.flatten.usage import read_usage


def read_span_usage(
    records: Records, scattered: Scattered, dialects: Sequence[str], subjects: Sequence[Mapping[str, Any]]
) -> list[LogUsage]:
    """Return the usage of each record; `subjects` name its provider and model."""
    everyone = np.arange(len(records), dtype=np.int64)
    codes = np.array([dialect_code(dialect) for dialect in dialects], dtype=np.int64)
    usage = read_usage(scattered, codes)
    emitters = Emitters(
        dialects=codes,
        scope=records.scope,
        scopes=[name or "" for name in records.scopes.field("name").to_pylist()],
        versions=[version or "" for version in records.scopes.field("version").to_pylist()],
        spans=pa.nulls(len(records), pa.string()),
        providers=pa.array([subject["provider"] for subject in subjects], pa.string()),
        models=pa.array([subject["model"] for subject in subjects], pa.string()),
    )
    tokens = read_tokens(scattered, usage, emitters, everyone)
    rules = tokens.rule.to_pylist()
    return [
        LogUsage(
            tokens={name: int(counts[place]) for name, counts in tokens.counts.items()},
            reported=bool(usage.reported[place]),
            input_rule=rules[place],
            flags=",".join(word for word, mask in tokens.doubts.items() if mask[place]) or None,
        )
        for place in everyone.tolist()
    ]
