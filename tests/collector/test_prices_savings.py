"""What caching saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tokenlake_collector.prices import PriceBook
from tokenlake_collector.prices.savings import cache_savings

MOMENT = datetime(2026, 3, 1)
SONNET = {
    "provider": "anthropic",
    "endpoint_name": "anthropic",
    "model": "claude-sonnet-4-5",
    "request_model": None,
}


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook()


def row(read: int, written: int, **names: Any) -> dict[str, Any]:
    tokens = {"input_tokens": 1_000_000, "output_tokens": 5, "reasoning_tokens": 0}
    return SONNET | tokens | {"cache_read_tokens": read, "cache_creation_tokens": written} | names


@pytest.mark.parametrize(
    ("read", "written", "saved"),
    [
        # Claude Sonnet 4.5: input 3 USD a million, cache read 0.30, cache write 3.75.
        (1_000_000, 0, 2.70),
        (100_000, 0, 0.27),
        (0, 1_000_000, -0.75),
        (500_000, 500_000, 0.975),
        (0, 0, 0.0),
    ],
)
def test_saved_is_the_difference_to_full_price(
    read: int, written: int, saved: float, book: PriceBook
) -> None:
    """What is read costs less than fresh input, what is written costs more."""
    figures = cache_savings([row(read, written)], MOMENT, book)

    assert {"priced_cache_read_tokens": read, "saved_cost": pytest.approx(saved)} == figures


def test_a_model_without_a_price_is_left_out(book: PriceBook) -> None:
    """Its tokens are not among those that the sum is about."""
    unknown = row(7, 0, provider="nobody", endpoint_name="nobody", model="house-model")
    figures = cache_savings([row(1_000_000, 0), unknown], MOMENT, book)

    assert {"priced_cache_read_tokens": 1_000_000, "saved_cost": pytest.approx(2.70)} == figures
