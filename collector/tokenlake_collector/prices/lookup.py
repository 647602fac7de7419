"""Where a model stands: among the own prices, in the list, or nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from tokenlake_collector.prices.call import Call
from tokenlake_collector.prices.normalise import spellings
from tokenlake_collector.prices.own import OwnPrice, OwnPrices
from tokenlake_collector.prices.published import Listing, find_listing, provider_names
from tokenlake_collector.prices.rates import Price, Rates
from tokenlake_collector.prices.tariff import Changes, Tariff
from tokenlake_collector.prices.units import Unit


@dataclass(frozen=True, slots=True)
class Quote:
    """What a call of a model costs at a moment, and where that stands: `source` is `list` or `own`."""

    source: str
    provider: str | None
    model: str | None
    prices: Mapping[Unit, Price]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is known about a call's model: its own prices, and where it stands in the list."""

    call: Call
    own: tuple[OwnPrice, ...]
    listing: Listing | None

    @classmethod
    def of(cls, call: Call, own: OwnPrices) -> Self:
        """Look a call up in both."""
        names = [name for model in call.models for name in spellings(model)]
        behind_gateways = [name.rpartition("/")[2] for name in names]
        return cls(call, own.about([*names, *behind_gateways], provider_names(call)), find_listing(call))

    def tariff(self) -> Tariff | None:
        """Return what the model costs over time, None if it is in neither."""
        return Tariff(self._changes(), self._rates) if self.listing or self.own else None

    def quote(self, moment: datetime) -> Quote | None:
        """Return the prices at a moment, None where they are unknown."""
        valid = next((own for own in self.own if own.is_valid(moment)), None)
        listing = self.listing if valid is None else self._listing_of(valid)
        prices = None if listing is None else listing.prices(moment, self.call.circumstances)
        if valid is not None:
            prices = valid.apply(prices)
        if prices is None:
            return None
        provider, model = (None, None) if listing is None else (listing.provider.id, listing.model.id)
        return Quote("list" if valid is None else "own", provider, model, prices)

    def _changes(self) -> Changes:
        listings = [self.listing, *(self._listing_of(own) for own in self.own)]
        changes = Changes.at()
        for listing in listings:
            if listing is not None:
                changes = changes.and_changes(listing.changes())
        return changes.and_changes(Changes.at(bound for own in self.own for bound in own.bounds()))

    def _rates(self, moment: datetime) -> Rates | None:
        quote = self.quote(moment)
        return None if quote is None else Rates.of(quote.prices)

    def _listing_of(self, own: OwnPrice) -> Listing | None:
        if own.list_model is None:
            return self.listing
        return find_listing(Call(provider=own.list_provider, model=own.list_model))
