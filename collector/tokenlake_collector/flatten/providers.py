"""Providers under the name that OpenTelemetry gives them today."""

from __future__ import annotations

from functools import cache, lru_cache

import pyarrow as pa

from tokenlake_collector.dialects.tables import providers

_REMEMBERED = 4096


def normalised(names: pa.StringArray) -> pa.StringArray:
    """Return today's names; what is not known stays as it is."""
    encoded = names.dictionary_encode()
    today = [provider_name(name) for name in encoded.dictionary.to_pylist()]
    return pa.array(today, pa.string()).take(encoded.indices)


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
