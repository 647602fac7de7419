"""`tokenlake prices`: what a model costs, and which models of a ledger have no price."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from tokenlake_collector.cli.money import LedgerFile, PriceFile, open_book, print_table, reading
from tokenlake_collector.cli.options import Json
from tokenlake_collector.cli.output import Format, write
from tokenlake_collector.cli.source import DEFAULT_DB
from tokenlake_collector.errors import StartupError
from tokenlake_collector.prices import PriceBook
from tokenlake_collector.prices.call import Call
from tokenlake_collector.prices.missing import missing_prices
from tokenlake_collector.prices.units import PER

_COLUMNS = ("provider", "model", "request_model", "calls", "input_tokens", "output_tokens", "has_price_now")


def prices(
    model: Annotated[str | None, typer.Argument(help="A model, named as records name it.")] = None,
    provider: Annotated[str | None, typer.Option(help="Its provider, named as records name it.")] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="List the models of the ledger that have tokens and no price.")
    ] = False,
    db: LedgerFile = DEFAULT_DB,
    price_file: PriceFile = None,
    as_json: Json = False,
) -> None:
    """What a model costs now; or the models without a price.

    Example: tokenlake prices claude-sonnet-4-5 --provider anthropic
    """
    if missing == (model is not None):
        raise ValueError("tokenlake prices: name a model, or say --missing")
    book = open_book(price_file)
    if missing:
        _show_missing(book, db, as_json=as_json)
    else:
        _show_rates(book, Call(provider=provider, model=model), as_json=as_json)


def _show_missing(book: PriceBook, db: str, *, as_json: bool) -> None:
    with reading(db) as connection:
        rows = missing_prices(connection, book)
    if as_json:
        write(rows, Format.JSON, "", ())
        return
    shown = [{column: row[column] for column in _COLUMNS} for row in rows]
    print_table(shown, "Tokens without a price", "every model has a price")


def _show_rates(book: PriceBook, call: Call, *, as_json: bool) -> None:
    quote = book.quote(call, datetime.now(UTC))
    if quote is None:
        at = f" at {call.provider}" if call.provider else ""
        raise StartupError(f"{call.model}{at}: no price is known: write one into a file for --prices")
    rates: list[dict[str, Any]] = [
        {"unit": unit.value, "above_input_tokens": start, "usd": float(price), "per": PER[unit]}
        for unit, one in quote.prices.items()
        for start, price in ((0, one.base), *one.tiers)
    ]
    found = {"source": quote.source, "provider": quote.provider, "model": quote.model, "rates": rates}
    if as_json:
        write(found, Format.JSON, "", ())
        return
    name = f"{quote.provider} {quote.model}" if quote.model else f"{call.model}"
    print_table(rates, f"{call.model} is {name} ({quote.source} price)", "free of charge")
