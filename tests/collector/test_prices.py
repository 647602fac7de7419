"""What calls cost: figures by hand from the providers' public prices per million tokens."""

from __future__ import annotations

import socket
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from harness.price_rows import cost, price_rows
from tokenlake_collector.prices import PriceBook


def test_cached_input_is_paid_at_its_own_price() -> None:
    """gpt-5, 1.25 in, 0.125 cached, 10 out: (2,000 x 1.25 + 8,000 x 0.125 + 500 x 10) / 1e6."""
    assert 0.0085 == cost(
        provider="openai", model="gpt-5", input_tokens=10_000, cache_read_tokens=8_000, output_tokens=500
    )


def test_cache_writes_are_paid_at_their_own_price() -> None:
    """claude-sonnet-4-5 (3, 0.3, 3.75, 15): (1,000 x 3 + 4,000 x 0.3 + 5,000 x 3.75 + 1,000 x 15) / 1e6."""
    assert 0.03795 == cost(
        provider="anthropic",
        model="claude-sonnet-4-5-20250929",
        input_tokens=10_000,
        cache_read_tokens=4_000,
        cache_creation_tokens=5_000,
        output_tokens=1_000,
    )


ONE_HOUR = {
    "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 3_000,
    "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 2_000,
}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        # (5,000 x 3 + 2,000 x 3.75 + 3,000 x 6) / 1e6
        (ONE_HOUR, 0.0405),
        # The parts do not add up to the 5,000 that were written, so all are paid as for five minutes.
        (ONE_HOUR | {"anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 1_000}, 0.03375),
        ({}, 0.03375),
    ],
)
def test_cache_writes_for_an_hour(attributes: dict[str, int], expected: float) -> None:
    """They cost 6 instead of 3.75, if the parts add up to the whole."""
    assert expected == cost(
        provider="anthropic",
        model="claude-sonnet-4-5",
        input_tokens=10_000,
        cache_creation_tokens=5_000,
        attributes=attributes,
    )


@pytest.mark.parametrize(("tokens", "expected"), [(200_000, 0.25), (200_001, 0.5000025)])
def test_a_large_context_pays_more_for_all_its_tokens(tokens: int, expected: float) -> None:
    """gemini-2.5-pro: 1.25 up to 200,000 input tokens, 2.50 for all of them above."""
    assert expected == cost(provider="gcp.gemini", model="gemini-2.5-pro", input_tokens=tokens)


def test_a_metric_point_pays_the_price_of_small_contexts() -> None:
    """A million tokens in many calls are no call of a million tokens."""
    assert 1.25 == cost(
        provider="gcp.gemini", model="gemini-2.5-pro", input_tokens=1_000_000, signal="metric"
    )


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(datetime(2025, 6, 9, 23, 59, 59, 999_999), 10.0), (datetime(2025, 6, 10), 2.0)],
)
def test_the_price_is_that_of_the_calls_own_time(moment: datetime, expected: float) -> None:
    """o3 went from 10 to 2 USD per million on 10 June 2025, UTC."""
    assert expected == cost(provider="openai", model="o3", timestamp=moment, input_tokens=1_000_000)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2025, 3, 1, 0, 29, 59, 999_999), 0.135),
        (datetime(2025, 3, 1, 0, 30), 0.27),
        (datetime(2025, 3, 1, 16, 30), 0.135),
    ],
)
def test_a_price_by_time_of_day(moment: datetime, expected: float) -> None:
    """deepseek-chat: half price outside 00:30 to 16:30 UTC."""
    assert expected == cost(
        provider="deepseek", model="deepseek-chat", timestamp=moment, input_tokens=1_000_000
    )


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"openai.response.service_tier": "flex"}, 0.625),
        ({"gen_ai.openai.response.service_tier": "priority"}, 2.5),
        ({"openai.response.service_tier": "default"}, 1.25),
        ({"openai.response.service_tier": "unheard-of"}, 1.25),
        ({"openai.request.service_tier": "flex"}, 1.25),
        ({"openai.response.service_tier": "batch"}, 0.625),
        ({"tenant": "acme"}, 1.25),
    ],
)
def test_the_service_tier_that_answered_is_paid(attributes: dict[str, str], expected: float) -> None:
    """gpt-5: 1.25, on flex and in batches half, with priority double; what was only asked for is not paid."""
    assert expected == cost(provider="openai", model="gpt-5", input_tokens=1_000_000, attributes=attributes)


@pytest.mark.parametrize("attributes", ["", "[1]", "{", '{"speed": 3}', '{"speed": null}'])
def test_attributes_that_say_nothing(attributes: str) -> None:
    """Whatever stands in the column, the call is paid."""
    assert 1.25 == cost(provider="openai", model="gpt-5", input_tokens=1_000_000, attributes=attributes)


def test_reasoning_at_a_price_of_its_own() -> None:
    """sonar-deep-research: 8 out, 3 for reasoning inside it: (1,000 x 8 + 9,000 x 3) / 1e6."""
    assert 0.035 == cost(
        provider="perplexity", model="sonar-deep-research", output_tokens=10_000, reasoning_tokens=9_000
    )


@pytest.mark.parametrize(
    "row",
    [
        {"provider": "openai", "model": "a-model-of-tomorrow"},
        {"provider": "acme", "model": "acme-1"},
        {"provider": "openai"},
        {},
        {"provider": "ollama", "model": "deepseek-r1"},
        {"model": "deepseek-r1:14b"},
        {"provider": "groq", "model": "gpt-5"},
        {"model": "gpt-5" * 100},
    ],
)
def test_an_unknown_price_is_null(row: dict[str, Any]) -> None:
    """Never 0: an unknown model, no model, a model on one's own machines, another provider's model."""
    assert None is cost(input_tokens=1_000, output_tokens=1_000, **row)


def test_a_free_model_costs_nothing() -> None:
    """The list says that it is free: that is 0, and known."""
    assert 0.0 == cost(provider="openrouter", model="deepseek/deepseek-r1:free", input_tokens=1_000)


def test_a_call_without_tokens_has_no_cost() -> None:
    """A failed call without usage: NULL, not 0."""
    assert None is cost(provider="openai", model="gpt-5")


def test_a_model_that_is_not_priced_by_tokens_has_no_cost() -> None:
    """whisper-1 costs minutes, which a row does not tell."""
    assert None is cost(provider="groq", model="whisper-large-v3", input_tokens=1_000)


@pytest.mark.parametrize(
    "counts",
    [
        {"input_tokens": 10, "cache_read_tokens": 11},
        {"input_tokens": 10, "cache_read_tokens": 6, "cache_creation_tokens": 6},
        {"input_tokens": -1, "output_tokens": 10},
        {"input_tokens": 2**62, "cache_read_tokens": 2**62, "cache_creation_tokens": 2**62},
    ],
)
def test_counts_that_contradict_each_other_have_no_cost(counts: dict[str, Any]) -> None:
    """A part larger than its whole would give a negative cost, or a wrong one."""
    assert None is cost(provider="anthropic", model="claude-sonnet-4-5", **counts)


@pytest.mark.parametrize("moment", [datetime(1, 1, 1), datetime(9999, 12, 31), datetime(1970, 1, 1)])
def test_any_time_has_a_price(moment: datetime) -> None:
    """A clock that is wrong does not stop a batch."""
    assert cost(provider="openai", model="gpt-5", timestamp=moment, input_tokens=1_000_000) == 1.25


def test_rows_keep_their_places() -> None:
    """Different models in one batch, unknown ones between them: 1,000 tokens at 1.25 and at 2.5."""
    models = ["gpt-5", "unknown", "gpt-4o", "gpt-5", None]
    rows = [{"provider": "openai", "model": model, "input_tokens": 1_000} for model in models]

    assert [0.00125, None, 0.0025, 0.00125, None] == PriceBook().compute(price_rows(*rows)).to_pylist()


def test_columns_that_are_not_there_are_empty() -> None:
    """The sixteen columns of a row written by hand are enough: 1,000 x 1.25 / 1e6."""
    rows = pa.table({"model": ["gpt-5"], "input_tokens": [1_000], "output_tokens": [0]})

    assert [0.00125] == PriceBook().compute(rows).to_pylist()


def test_an_empty_batch() -> None:
    """No rows, no costs."""
    assert [] == PriceBook().compute(price_rows()).to_pylist()


def test_nothing_asks_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices are computed where no socket can be opened."""

    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert 1.25 == cost(provider="openai", model="gpt-5", input_tokens=1_000_000)
