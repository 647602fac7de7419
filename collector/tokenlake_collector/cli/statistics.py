"""`tokenlake summary`, `timeline`, `sessions`, `total`, `daily`: the statistics in a terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenlake_collector.cli.output import COSTS, FIGURES, Format, write
from tokenlake_collector.cli.source import Db, Url, ask
from tokenlake_queries import (
    GROUP_COLUMNS,
    get_daily_stats,
    get_token_sessions,
    get_token_summary,
    get_token_timeline,
    get_token_total,
)

Start = Annotated[str | None, typer.Option(help="First moment, inclusive; ISO 8601, for example 2026-11-01.")]
End = Annotated[str | None, typer.Option(help="Last moment, exclusive; ISO 8601.")]
Zone = Annotated[
    str | None, typer.Option(envvar="TOKENLAKE_TIMEZONE", help="IANA time zone of days and of times given.")
]
Where = Annotated[
    list[str] | None, typer.Option(help="Only rows with column=value; repeatable: --where channel=telegram.")
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
Csv = Annotated[bool, typer.Option("--csv", help="Write CSV, for programs.")]


def summary(
    by: Annotated[str, typer.Option(help="Columns to group by, separated by commas.")] = "endpoint_name",
    costs: Annotated[
        bool, typer.Option("--costs", help="Show reported and computed cost side by side.")
    ] = False,
    start: Start = None,
    end: End = None,
    timezone: Zone = None,
    where: Where = None,
    db: Db = None,
    url: Url = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Totals by model, user, channel, … the largest first.

    Example: tokenlake summary --by model,user_id --start 2026-11-01
    """
    filters = _filters(where)
    rows = ask(
        db,
        url,
        lambda source: get_token_summary(by, start, end, timezone=timezone, filters=filters, source=source),
    )
    figures = COSTS if costs else FIGURES
    write(rows, _form(as_json, as_csv), f"Tokens by {by}", [*_columns(by), *figures])


def timeline(
    interval: Annotated[str, typer.Option(help="hour, day, week or month.")] = "day",
    by: Annotated[str | None, typer.Option(help="Columns to group by, separated by commas.")] = None,
    start: Start = None,
    end: End = None,
    timezone: Zone = None,
    where: Where = None,
    db: Db = None,
    url: Url = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Totals by hour, day, week or month, empty ones included.

    Example: tokenlake timeline --interval hour --start 2026-11-24 --timezone Europe/Berlin
    """
    filters = _filters(where)
    rows = ask(
        db,
        url,
        lambda source: get_token_timeline(
            interval, start, end, group_by=by, timezone=timezone, filters=filters, source=source
        ),
    )
    write(rows, _form(as_json, as_csv), f"Tokens by {interval}", ["timestamp", *_columns(by), *FIGURES])


def sessions(
    limit: Annotated[int, typer.Option(help="Sessions on a page.")] = 50,
    offset: Annotated[int, typer.Option(help="Sessions to skip.")] = 0,
    sort: Annotated[
        str, typer.Option(help="Column to sort by, largest first; column:asc for the smallest first.")
    ] = "last_timestamp",
    start: Start = None,
    end: End = None,
    timezone: Zone = None,
    where: Where = None,
    db: Db = None,
    url: Url = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """A page of sessions, the latest first.

    Example: tokenlake sessions --limit 20 --sort total_tokens
    """
    filters = _filters(where)
    rows = ask(
        db,
        url,
        lambda source: get_token_sessions(
            limit, offset, start, end, sort=sort, timezone=timezone, filters=filters, source=source
        ),
    )
    columns = ["session_id", "last_timestamp", "user_id", "channel", "models", *FIGURES]
    write(rows, _form(as_json, as_csv), "Sessions", columns)


def total(
    start: Start = None,
    end: End = None,
    timezone: Zone = None,
    where: Where = None,
    db: Db = None,
    url: Url = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """One total of everything.

    Example: tokenlake total --where channel=telegram --json
    """
    filters = _filters(where)
    row = ask(
        db,
        url,
        lambda source: get_token_total(start, end, timezone=timezone, filters=filters, source=source),
    )
    write(row, _form(as_json, as_csv), "Total", FIGURES)


def daily(
    days: Annotated[int, typer.Option(help="How many days, today included.")] = 7,
    timezone: Zone = None,
    where: Where = None,
    db: Db = None,
    url: Url = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """One row a day for the last days.

    Example: tokenlake daily --days 30 --timezone America/New_York
    """
    filters = _filters(where)
    rows = ask(
        db, url, lambda source: get_daily_stats(days, timezone=timezone, filters=filters, source=source)
    )
    write(rows, _form(as_json, as_csv), f"The last {days} days", ["date", *FIGURES])


def _filters(where: list[str] | None) -> dict[str, list[str | None]]:
    """Read `column=value` pairs; nothing after the = means rows without a value."""
    filters: dict[str, list[str | None]] = {}
    for pair in where or []:
        column, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"--where {pair!r}: write column=value; columns: {', '.join(GROUP_COLUMNS)}")
        filters.setdefault(column, []).append(value or None)
    return filters


def _columns(by: str | None) -> list[str]:
    return [column.strip() for column in by.split(",")] if by else []


def _form(as_json: bool, as_csv: bool) -> Format:
    if as_json and as_csv:
        raise ValueError("--json and --csv: choose one of them")
    return Format.JSON if as_json else Format.CSV if as_csv else Format.TABLE
