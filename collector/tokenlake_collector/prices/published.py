"""The list prices that genai-prices ships. Its data is read in place; nothing here ever asks the network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from genai_prices.data import providers
from genai_prices.data_snapshot import find_provider_by_id
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from tokenlake_collector.prices.call import Call
from tokenlake_collector.prices.normalise import PROTOCOLS, Guess, guesses, known_provider
from tokenlake_collector.prices.rates import Price
from tokenlake_collector.prices.tariff import DAY, Changes, to_timestamp
from tokenlake_collector.prices.units import Unit

_KEYS = {
    "input_mtok": Unit.INPUT,
    "cache_read_mtok": Unit.CACHE_READ,
    "cache_write_mtok": Unit.CACHE_WRITE,
    "cache_write_1h_mtok": Unit.CACHE_WRITE_1H,
    "output_mtok": Unit.OUTPUT,
    "output_reasoning_mtok": Unit.REASONING,
    "requests_kcount": Unit.REQUEST,
}
"""The list's names of the units that rows tell; it has more (audio, pages, searches)."""

_BY_ID = {provider.id: provider for provider in providers}


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A model in a list; `lender` is the provider whose list it stands in, when another one borrowed it."""

    provider: Provider
    model: ModelInfo
    lender: Provider

    def changes(self) -> Changes:
        """Return when its prices may change."""
        conditions = [*_conditional(self.model), *(self.model.price_variants or ())]
        constraints = [condition.constraint for condition in conditions]
        starts = [one.start_date for one in constraints if isinstance(one, StartDateConstraint)]
        daily = [one for one in constraints if isinstance(one, TimeOfDateConstraint)]
        daytimes = [bound for one in daily for bound in (one.start_time, one.end_time)]
        return Changes.at(map(_midnight, starts), map(_since_midnight, daytimes))

    def prices(self, moment: datetime, circumstances: Mapping[str, str]) -> Mapping[Unit, Price] | None:
        """Return the prices at a moment; empty is free of charge, None: its price is not one of tokens.

        As in the library, circumstances (service tier, batch, speed) choose among the provider's own prices
        only, not among borrowed ones.
        """
        context = circumstances if self.provider is self.lender else {}
        given = _given(self.model.get_prices(moment, context))
        prices = {_KEYS[key]: _price(value) for key, value in given.items() if key in _KEYS}
        return prices if prices or not given else None


def find_listing(call: Call) -> Listing | None:
    """Return the model in the list that a call names, None where it is unknown or ambiguous."""
    for guess in guesses(_provider_of(call), call.models, _BY_ID):
        listing = _look_up(guess)
        if listing is not None:
            return listing
    return None


def provider_names(call: Call) -> frozenset[str]:
    """Return everything that a call's provider is known as, in lower case."""
    names = (call.provider, call.endpoint, _provider_of(call))
    return frozenset(name.lower() for name in names if name)


def _look_up(guess: Guess) -> Listing | None:
    if guess.provider is None:
        return _look_everywhere(guess.model)
    provider = _BY_ID[guess.provider]
    model = provider.find_model(guess.model, all_providers=providers)
    return None if model is None else Listing(provider, model, _lender(provider, model))


def _look_everywhere(name: str) -> Listing | None:
    """Ask those whose own models begin like this; two that answer are too many."""
    makers = [one for one in providers if one.model_match is not None and one.model_match.is_match(name)]
    found = [Listing(one, model, one) for one in makers if (model := one.find_model(name)) is not None]
    return found[0] if len(found) == 1 else None


def _lender(provider: Provider, model: ModelInfo) -> Provider:
    """Return whose list the model stands in: some providers sell others' models at their prices."""
    others = [_BY_ID[name] for name in provider.fallback_model_providers or ()]
    return next(one for one in (provider, *others) if any(model is own for own in one.models))


def _provider_of(call: Call) -> str | None:
    """Return the list's id; the endpoint helps where the provider is missing or only names an interface."""
    named = _named(call.provider) if call.provider else None
    if call.endpoint and (named is None or named in PROTOCOLS):
        there = _at_endpoint(call.endpoint)
        return named if there is None else there
    return named


def _named(name: str) -> str | None:
    known = known_provider(name, _BY_ID)
    if known is None:
        found = find_provider_by_id(providers, name)
        return found.id if found else None
    return known


def _at_endpoint(endpoint: str) -> str | None:
    """Return whose a name or host is; free names are compared whole, or `google-docs-bot` would be Google."""
    known = known_provider(endpoint, _BY_ID)
    if known is None:
        url = f"https://{endpoint.lower()}"
        return next((one.id for one in providers if re.match(one.api_pattern, url)), None)
    return known


def _conditional(model: ModelInfo) -> list[ConditionalPrice]:
    return model.prices if isinstance(model.prices, list) else []


def _given(prices: ModelPrice) -> dict[str, Decimal | TieredPrices]:
    return {key: value for key, value in vars(prices).items() if value is not None}


def _price(value: Decimal | TieredPrices) -> Price:
    if isinstance(value, TieredPrices):
        return Price(value.base, tuple((tier.start, tier.price) for tier in value.tiers))
    return Price(value)


def _midnight(day: date) -> int:
    return to_timestamp(datetime.combine(day, time()))


def _since_midnight(daytime: time) -> int:
    moment = datetime.combine(date(1970, 1, 1), daytime)
    return to_timestamp(moment) % DAY
