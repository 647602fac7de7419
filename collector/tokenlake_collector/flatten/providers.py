"""Providers under the name that OpenTelemetry gives them today."""

from __future__ import annotations

from functools import cache, lru_cache

import pyarrow as pa

from tokenlake_collector.dialects.tables import providers
from tokenlake_collector.texts import distinct, spread

_REMEMBERED = 4096


def normalised(names: pa.StringArray) -> pa.StringArray:
    """Return today's names; what is not known stays as it is."""
    texts, codes = distinct(names)
    return spread([name and provider_name(name) for name in texts], codes)


@lru_cache(_REMEMBERED)
def provider_name(name: str) -> str:
    """Return one provider's name of today.

    The Vercel AI SDK writes what is called behind a dot (`openai.chat`), which is no part of the provider.
    """
    part = name.lower()
    while part:
        if part in _today():
            return part
        if part in providers():
            return providers()[part]
        part = part.rpartition(".")[0]
    return name


@cache
def _today() -> frozenset[str]:
    return frozenset(providers().values())
