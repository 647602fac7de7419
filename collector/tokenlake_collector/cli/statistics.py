"""`tokenlake summary`, `timeline`, `sessions`, `total`, `daily`: the statistics in a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from tokenlake_collector.cli.answers import Answer, Show, sum_of
from tokenlake_collector.cli.choices import complete_figure, complete_interval, complete_session_sort
from tokenlake_collector.cli.dimensions import Filters, columns_of, filters_of
from tokenlake_collector.cli.options import By, Csv, End, Json, MaybeBy, Since, Start, Watch, Where, Zone
from tokenlake_collector.cli.output import COSTS, FIGURES
from tokenlake_collector.cli.period import Period
from tokenlake_collector.cli.source import Db, Url
from tokenlake_collector.cli.table import Layout
from tokenlake_queries import (
    get_daily_stats,
    get_token_session_count,
    get_token_sessions,
    get_token_summary,
    get_token_timeline,
    get_token_total,
)


def summary(
    by: By = "endpoint_name",
    costs: Annotated[
        bool, typer.Option("--costs", help="Show reported and computed cost, and shares of the money.")
    ] = False,
    sort: Annotated[
        str | None,
        typer.Option(help="Figure to sort by, largest first.", autocompletion=complete_figure),
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Most groups to show; all without it.")] = None,
    since: Since = None,
    start: Start = None,
    end: End = None,
    timezone: Zone = None,
    where: Where = None,
    db: Db = None,
    url: Url = None,
    watch: Watch = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Totals by model, user, channel, … the largest first.

    Example: tokenlake summary --by model,user --since 7d
    """
    show = Show.read(db, url, watch, as_json=as_json, as_csv=as_csv)
    columns = columns_of(by)
    rows = _Rows(Period.read(since, start, end), timezone, filters_of(where))
    measure = "estimated_cost" if costs else "total_tokens"
    layout = Layout(f"Tokens by {', '.join(columns)}", [*columns, *(COSTS if costs else FIGURES)], measure)

    def statistic(source: str) -> Answer:
        chosen = rows.chosen(source)
        found = get_token_summary(columns, sort=sort or measure, limit=limit, **chosen)
        return Answer(found, sum_of(found) if limit is None else get_token_total(**chosen), layout)

    show.rows(statistic)


def timeline(
    interval: Annotated[
        str, typer.Option(help="hour, day, week or month.", autocompletion=complete_interval)
    ] = "day",
    by: MaybeBy = None,
    since: Since = None,
    start: Start = None,
    end: End = None,
    timezone: Zone = None,
    where: Where = None,
    db: Db = None,
    url: Url = None,
    watch: Watch = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Totals by hour, day, week or month, empty ones included.

    Example: tokenlake timeline --interval hour --since 12h --by model
    """
    show = Show.read(db, url, watch, as_json=as_json, as_csv=as_csv)
    columns = columns_of(by)
    rows = _Rows(Period.read(since, start, end), timezone, filters_of(where))
    layout = Layout(f"Tokens by {interval}", ["timestamp", *columns, *FIGURES], in_time=True)

    def statistic(source: str) -> Answer:
        found = get_token_timeline(interval, group_by=columns, **rows.chosen(source))
        return Answer(found, sum_of(found), layout)

    show.rows(statistic, columns)


def sessions(
    limit: Annotated[int, typer.Option(help="Sessions on a page.")] = 50,
    offset: Annotated[int, typer.Option(help="Sessions to skip.")] = 0,
    sort: Annotated[
        str,
        typer.Option(
            help="Column to sort by, largest first; column:asc for the smallest first.",
            autocompletion=complete_session_sort,
        ),
    ] = "last_timestamp",
    since: Since = None,
    start: Start = None,
    end: End = None,
    timezone: Zone = None,
    where: Where = None,
    db: Db = None,
    url: Url = None,
    watch: Watch = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """A page of sessions, the latest first.

    Example: tokenlake sessions --limit 20 --sort total_tokens
    """
    show = Show.read(db, url, watch, as_json=as_json, as_csv=as_csv)
    rows = _Rows(Period.read(since, start, end), timezone, filters_of(where))
    columns = ["session_id", "last_timestamp", "user_id", "channel", "models", *FIGURES]

    def statistic(source: str) -> Answer:
        chosen = rows.chosen(source)
        found = get_token_sessions(limit, offset, sort=sort, **chosen)
        caption = f"{len(found):,} of {get_token_session_count(**chosen):,} sessions"
        return Answer(found, get_token_total(**chosen), Layout("Sessions", columns, caption=caption))

    show.rows(statistic)


def total(
    since: Since = None,
    start: Start = None,
    end: End = None,
    timezone: Zone = None,
    where: Where = None,
    db: Db = None,
    url: Url = None,
    watch: Watch = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """One total of everything.

    Example: tokenlake total --where channel=telegram --json
    """
    show = Show.read(db, url, watch, as_json=as_json, as_csv=as_csv)
    rows = _Rows(Period.read(since, start, end), timezone, filters_of(where))
    layout = Layout("Total", FIGURES)
    show.single(lambda source: Answer([get_token_total(**rows.chosen(source))], None, layout))


def daily(
    days: Annotated[int, typer.Option(help="How many days, today included.")] = 7,
    timezone: Zone = None,
    where: Where = None,
    db: Db = None,
    url: Url = None,
    watch: Watch = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """One row a day for the last days.

    Example: tokenlake daily --days 30 --timezone America/New_York
    """
    show = Show.read(db, url, watch, as_json=as_json, as_csv=as_csv)
    filters = filters_of(where)
    layout = Layout(f"The last {days} days", ["date", *FIGURES], in_time=True)

    def statistic(source: str) -> Answer:
        found = get_daily_stats(days, timezone=timezone, filters=filters, source=source)
        return Answer(found, sum_of(found), layout)

    show.rows(statistic)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Which rows a statistic is about."""

    period: Period
    timezone: str | None
    filters: Filters

    def chosen(self, source: str) -> dict[str, Any]:
        """Return the arguments of a statistic that say so, as of now."""
        return {
            **self.period.bounds(),
            "timezone": self.timezone,
            "filters": self.filters,
            "source": source,
        }
