"""Rows with what a price depends on, and one cost out of a price book."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from tokenlake_collector.prices.book import PriceBook
from tokenlake_collector.prices.own import OwnPrices

SCHEMA = pa.schema(
    [
        ("provider", pa.string()),
        ("endpoint_name", pa.string()),
        ("model", pa.string()),
        ("request_model", pa.string()),
        ("timestamp", pa.timestamp("us")),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("cache_read_tokens", pa.int64()),
        ("cache_creation_tokens", pa.int64()),
        ("reasoning_tokens", pa.int64()),
        ("signal", pa.string()),
        ("attributes", pa.string()),
    ]
)

NOON = datetime(2026, 11, 1, 12)
"""When a call was made, unless a test says otherwise; naive UTC as in the table."""


def price_rows(*rows: Mapping[str, Any]) -> pa.Table:
    """Return rows of these columns; absent counts are 0, absent names NULL, `attributes` may be a mapping."""
    filled = [{name: _value(name, row) for name in SCHEMA.names} for row in rows]
    return pa.Table.from_pylist(filled, schema=SCHEMA)


def cost(book: PriceBook | None = None, **row: Any) -> float | None:
    """Return what one call costs, in USD."""
    price: float | None = (book or PriceBook()).compute(price_rows(row))[0].as_py()
    return price


def book_with(folder: Path, text: str) -> PriceBook:
    """Return a price book with a price file of this text."""
    path = folder / "prices.toml"
    path.write_text(text, encoding="utf-8")
    return PriceBook(OwnPrices.read(path))


def _value(name: str, row: Mapping[str, Any]) -> Any:
    value = row.get(name)
    if name == "timestamp":
        return value or NOON
    if name.endswith("_tokens"):
        return value or 0
    return json.dumps(value) if isinstance(value, dict) else value
