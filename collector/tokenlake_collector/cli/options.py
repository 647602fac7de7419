"""The options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenlake_collector.cli.dimensions import complete_by, complete_where

Since = Annotated[
    str | None, typer.Option(help="How far back: 30m, 12h, 7d, 2w; or a first date, such as 2026-11-01.")
]
Start = Annotated[str | None, typer.Option(help="First moment, inclusive; ISO 8601, for example 2026-11-01.")]
End = Annotated[str | None, typer.Option(help="Last moment, exclusive; ISO 8601.")]
Zone = Annotated[
    str | None, typer.Option(envvar="TOKENLAKE_TIMEZONE", help="IANA time zone of days and of times given.")
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        help="Only rows with column=value; repeatable: --where channel=telegram.",
        autocompletion=complete_where,
    ),
]
_BY = typer.Option(help="Columns to group by, separated by commas: model,user.", autocompletion=complete_by)
By = Annotated[str, _BY]
MaybeBy = Annotated[str | None, _BY]
Watch = Annotated[
    float | None,
    typer.Option(metavar="[SECONDS]", help="Ask again every so many seconds (2), until Ctrl-C."),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs: exact figures.")]
Csv = Annotated[bool, typer.Option("--csv", help="Write CSV, for programs: exact figures.")]
