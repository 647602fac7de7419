"""Own and negotiated prices, read from a TOML file; docs/prices.md explains it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fnmatch import translate
from pathlib import Path
from typing import Any, Self

from tokenlake_collector.errors import StartupError
from tokenlake_collector.prices.rates import Price
from tokenlake_collector.prices.tariff import to_timestamp
from tokenlake_collector.prices.units import WHOLES, Unit

_UNITS = tuple(unit for unit in Unit if unit is not Unit.REQUEST)
_TEXTS = ("model", "pattern", "provider", "list_model", "list_provider")
_DATES = ("valid_from", "valid_to")
# USD per million tokens; beyond it is a slip, and would not fit a cost in the end.
_DEAREST = 10**9
_KEYS = (*_TEXTS, *_DATES, "factor", *_UNITS)


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """One entry. `prices` beat `factors` of the list price; without factors the list is not asked.

    It is valid from `valid_from`, inclusive, to `valid_to`, exclusive (UTC). `list_model` is the model whose
    list price is meant, for names that only the owner knows.
    """

    model: str | None
    pattern: re.Pattern[str] | None
    provider: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    prices: Mapping[Unit, Price]
    factors: Mapping[Unit, Decimal] | None
    list_model: str | None
    list_provider: str | None

    def rank(self, models: Sequence[str], providers: Collection[str]) -> int | None:
        """Return how close the entry is to a model with these names (lower case, as reported first).

        0 is the name as reported, a pattern comes after all exact names; None: it is about another model.
        """
        if self.provider is not None and self.provider not in providers:
            return None
        if self.pattern is not None:
            return len(models) if any(map(self.pattern.fullmatch, models)) else None
        return models.index(self.model) if self.model in models else None

    def is_valid(self, moment: datetime) -> bool:
        """Tell whether the entry holds at a moment."""
        starts = self.valid_from is None or self.valid_from <= moment
        return starts and (self.valid_to is None or moment < self.valid_to)

    def bounds(self) -> list[int]:
        """Return when it begins and ceases to hold, in microseconds."""
        return [to_timestamp(bound) for bound in (self.valid_from, self.valid_to) if bound is not None]

    def apply(self, listed: Mapping[Unit, Price] | None) -> Mapping[Unit, Price] | None:
        """Return the prices to pay, given those of the list; None when these are needed and unknown."""
        if self.factors is None:
            return self.prices
        if listed is None:
            return None
        scaled = {unit: price.times(self.factors.get(unit, Decimal(1))) for unit, price in listed.items()}
        return {**scaled, **self.prices}


@dataclass(frozen=True, slots=True)
class OwnPrices:
    """All entries, in the order of the file."""

    entries: tuple[OwnPrice, ...] = ()

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a price file.

        Raises:
            StartupError: the message names file, entry, key, value and remedy.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
            read = tomllib.loads(text, parse_float=Decimal)
        except (OSError, UnicodeDecodeError) as error:
            raise StartupError(f"{path}: cannot be read ({error}): name a TOML file in --prices") from error
        except (tomllib.TOMLDecodeError, ArithmeticError) as error:
            raise StartupError(f"{path}: is not TOML ({error}): mend that line") from error
        return cls(tuple(_entries(f"{path}", read)))

    def about(self, models: Sequence[str], providers: Collection[str]) -> tuple[OwnPrice, ...]:
        """Return the entries about a model with these names, the closest first, then in the file's order."""
        ranked = [(entry.rank(models, providers), entry) for entry in self.entries]
        fitting = [(rank, entry) for rank, entry in ranked if rank is not None]
        return tuple(entry for _, entry in sorted(fitting, key=lambda pair: pair[0]))


def _entries(path: str, read: Mapping[str, Any]) -> Iterator[OwnPrice]:
    unknown = [key for key in read if key != "price"]
    if unknown:
        raise StartupError(f"{path}: {unknown[0]} is unknown: write entries as [[price]]")
    entries = read.get("price", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise StartupError(f"{path}: price = {entries!r}: write each entry as [[price]]")
    for number, entry in enumerate(entries, 1):
        yield _Entry(f"{path}: entry {number}", entry).read()


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry as it stands in the file; `place` begins every message."""

    place: str
    values: Mapping[str, Any]

    def read(self) -> OwnPrice:
        for key in self.values:
            if key not in _KEYS:
                raise self._error(key, f"is unknown; known are {', '.join(_KEYS)}")
        model, pattern = self._text("model"), self._text("pattern")
        if (model is None) == (pattern is None):
            raise StartupError(f"{self.place}: write either model or pattern, to say what it is about")
        valid_from, valid_to = self._moment("valid_from"), self._moment("valid_to")
        if valid_from is not None and valid_to is not None and valid_from >= valid_to:
            raise self._error("valid_to", "write a moment after valid_from")
        prices, factors = self._prices(), self._factors()
        self._check_parts({*prices, *(factors or ())}, whole_list=factors is not None)
        return OwnPrice(
            model=model,
            pattern=re.compile(translate(pattern)) if pattern else None,
            provider=self._text("provider"),
            valid_from=valid_from,
            valid_to=valid_to,
            prices={unit: Price(price) for unit, price in prices.items()},
            factors=factors,
            list_model=self._text("list_model"),
            list_provider=self._text("list_provider"),
        )

    def _prices(self) -> dict[Unit, Decimal]:
        return {unit: self._amount(unit, self.values[unit]) for unit in _UNITS if unit in self.values}

    def _factors(self) -> dict[Unit, Decimal] | None:
        factor = self.values.get("factor")
        if factor is None:
            return {} if "list_model" in self.values else None
        if not isinstance(factor, dict):
            return dict.fromkeys(Unit, self._amount("factor", factor))
        for unit in factor:
            if unit not in _UNITS:
                raise self._error(
                    f"factor.{unit}", f"is unknown; known are {', '.join(_UNITS)}", factor[unit]
                )
        return {Unit(unit): self._amount(f"factor.{unit}", value) for unit, value in factor.items()}

    def _check_parts(self, given: Collection[Unit], *, whole_list: bool) -> None:
        """Without the list's prices, an entry must be complete in itself."""
        needed = {Unit.INPUT, Unit.OUTPUT} | {WHOLES[unit] for unit in given if unit in WHOLES}
        missing = [unit for unit in _UNITS if unit in needed and unit not in given]
        if missing and not whole_list:
            raise StartupError(
                f"{self.place}: has no {missing[0]}: write its price in USD per million tokens (which may be "
                "0), or a factor of the list price"
            )

    def _text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self._error(key, "write a name in quotes")
        return value.strip().lower()

    def _amount(self, key: str, value: object) -> Decimal:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            amount = Decimal(value)
            if amount.is_finite() and 0 <= amount < _DEAREST:
                return amount
        remedy = "0.85 for 15 % off" if key.startswith("factor") else "1.25 (USD per million tokens)"
        raise self._error(key, f"write a number, neither negative nor absurd, such as {remedy}", value)

    def _moment(self, key: str) -> datetime | None:
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, date):
            return datetime.combine(value, time(), UTC)
        raise self._error(key, "write a date such as 2026-07-01, without quotes")

    def _error(self, key: str, remedy: str, value: object = None) -> StartupError:
        shown = self.values.get(key) if value is None else value
        return StartupError(f"{self.place}: {key} = {str(shown)!r}: {remedy}")
