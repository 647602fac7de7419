"""Every model of the price list costs what the list's own library says, to the last digit of a double."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from genai_prices import Usage, calc_price
from genai_prices.data import providers
from genai_prices.types import ModelInfo, Provider, StartDateConstraint, TimeOfDateConstraint

from harness.price_rows import price_rows
from tokenlake_collector.prices.book import PriceBook

TOKEN_PRICES = {
    "input_mtok",
    "output_mtok",
    "cache_read_mtok",
    "cache_write_mtok",
    "cache_write_1h_mtok",
    "output_reasoning_mtok",
    "requests_kcount",
}
ONE_HOUR = "anthropic.usage.cache_creation.ephemeral_1h_input_tokens"
FIVE_MINUTES = "anthropic.usage.cache_creation.ephemeral_5m_input_tokens"
SIZES = (3, 5_000, 150_000, 199_999, 200_000, 200_001, 272_001, 1_000_000, 40_000_000)


@dataclass(frozen=True)
class Sample:
    """One call, as the library is asked about it."""

    provider: str
    model: str
    moment: datetime
    tokens: dict[str, int]
    context: dict[str, str]

    def row(self) -> dict[str, Any]:
        tier = "batch" if self.context.get("processing") == "batch" else self.context.get("service_tier")
        said = {"openai.response.service_tier": tier, "speed": self.context.get("speed")}
        one_hour = self.tokens["cache_write_1h_tokens"]
        split = {ONE_HOUR: one_hour, FIVE_MINUTES: self.tokens["cache_write_tokens"] - one_hour}
        return {
            "provider": self.provider,
            "model": self.model,
            "timestamp": self.moment.replace(tzinfo=None),
            "input_tokens": self.tokens["input_tokens"],
            "output_tokens": self.tokens["output_tokens"],
            "cache_read_tokens": self.tokens["cache_read_tokens"],
            "cache_creation_tokens": self.tokens["cache_write_tokens"],
            "reasoning_tokens": self.tokens["output_reasoning_tokens"],
            "attributes": json.dumps(
                {key: value for key, value in (said | split).items() if value is not None}
            ),
        }

    def expected(self) -> float | None:
        """Ask the library; a model that is not priced by tokens costs something else, which is not 0."""
        price = calc_price(
            Usage(**self.tokens),
            self.model,
            provider_id=self.provider,
            genai_request_timestamp=self.moment,
            price_context=self.context,
        )
        given = {key for key, value in vars(price.model_price).items() if value is not None}
        return None if given and not given & TOKEN_PRICES else float(price.total_price)


def moments(model: ModelInfo, chance: random.Random) -> Iterator[datetime]:
    """Some times, and both sides of everything at which a price changes."""
    for _ in range(2):
        yield datetime(2023, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(5 * 365 * 86_400))
    conditions = [*(model.prices if isinstance(model.prices, list) else ()), *(model.price_variants or ())]
    for condition in conditions:
        constraint = condition.constraint
        if isinstance(constraint, StartDateConstraint):
            start = datetime.combine(constraint.start_date, time(), UTC)
            yield from (start, start - timedelta(microseconds=1))
        elif isinstance(constraint, TimeOfDateConstraint):
            for bound in (constraint.start_time, constraint.end_time):
                start = datetime.combine(date(2026, 10, chance.randrange(1, 28)), bound)
                yield from (start, start - timedelta(microseconds=1))


def tokens(chance: random.Random) -> dict[str, int]:
    total, output = chance.choice(SIZES) - chance.randrange(3), chance.randrange(1, 100_000)
    read = chance.choice((0, chance.randrange(total + 1)))
    write = chance.choice((0, chance.randrange(total - read + 1)))
    return {
        "input_tokens": total,
        "output_tokens": output,
        "cache_read_tokens": read,
        "cache_write_tokens": write,
        "cache_write_1h_tokens": chance.choice((0, chance.randrange(write + 1))),
        "output_reasoning_tokens": chance.choice((0, chance.randrange(output))),
    }


def contexts(model: ModelInfo) -> list[dict[str, str]]:
    """None, and all that its prices know and that a record can say."""
    known = [variant.when for variant in model.price_variants or ()]
    batch = {"processing": "batch", "service_tier": "batch"}
    sayable = [batch if when == {"processing": "batch"} else when for when in known]
    return [{}, *(when for when in sayable if when.keys() <= {"processing", "service_tier", "speed"})]


def names(clause: object) -> Iterator[str]:
    """The texts in a model's matching rule: most are names that it matches."""
    for value in vars(clause).values():
        if isinstance(value, str):
            yield value
        else:
            for inner in value:
                yield from names(inner)


def name_of(provider: Provider, model: ModelInfo) -> str | None:
    """Return a name that the library takes for this model; a few stand behind others that match first."""
    candidates = (model.id, *names(model.match))
    return next((name for name in candidates if provider.find_model(name) is model), None)


def samples(provider: Provider) -> Iterator[Sample]:
    chance = random.Random(provider.id)  # noqa: S311 - the same samples in every run
    for model in provider.models:
        name = name_of(provider, model)
        if name is None:
            continue
        for moment in moments(model, chance):
            for context in contexts(model):
                yield Sample(provider.id, name, moment, tokens(chance), context)


@pytest.mark.parametrize("provider", providers, ids=[provider.id for provider in providers])
def test_every_model_costs_what_the_library_says(provider: Provider) -> None:
    """At any time, size, cache split and tier, the double is the one that the library's decimal becomes."""
    asked = list(samples(provider))
    costs = PriceBook().compute(price_rows(*(sample.row() for sample in asked))).to_pylist()

    assert [] != asked
    assert [] == [
        (sample, price, cost)
        for sample, cost in zip(asked, costs, strict=True)
        if (price := sample.expected()) != cost
    ]


def test_the_samples_reach_all_kinds_of_prices() -> None:
    """Models, dated prices, daily prices, tiers and variants are all among the samples."""
    asked = [sample for provider in providers for sample in samples(provider)]
    models = sum(len(provider.models) for provider in providers)

    assert len({(sample.provider, sample.model) for sample in asked}) > 0.98 * models
    assert {"service_tier", "processing", "speed"} == {key for sample in asked for key in sample.context}
    assert any(sample.tokens["input_tokens"] > 272_000 for sample in asked)
    assert Decimal(0) < sum(Decimal(sample.expected() or 0) for sample in asked[:100])
