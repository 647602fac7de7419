"""The models of a ledger whose tokens have no price."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from tokenlake_collector.prices.book import PriceBook

# The latest call stands for its model: whether there is a price by now is asked for its time.
_MISSING = """
SELECT
    provider, endpoint_name, model, request_model,
    count(*) FILTER (signal IS DISTINCT FROM 'metric') AS calls,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    sum(input_tokens + output_tokens)::BIGINT AS total_tokens,
    max(timestamp) AS timestamp
FROM token_usage
WHERE estimated_cost IS NULL AND input_tokens + output_tokens > 0
GROUP BY ALL
ORDER BY total_tokens DESC, model, provider
"""


def missing_prices(connection: duckdb.DuckDBPyConnection, book: PriceBook) -> list[dict[str, Any]]:
    """Return the models with tokens and no cost, most tokens first.

    `has_price_now` tells those that the book knows by now: repricing the ledger gives them their cost.
    """
    rows: pa.Table = connection.sql(_MISSING).to_arrow_table()
    known = book.compute(rows).is_valid().to_pylist()
    return [row | {"has_price_now": has} for row, has in zip(rows.to_pylist(), known, strict=True)]
