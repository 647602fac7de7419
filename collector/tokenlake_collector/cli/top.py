"""`tokenlake top`: what is used right now, and by whom."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import RenderableType

from tokenlake_collector.cli.choices import MEASURES, complete_measure
from tokenlake_collector.cli.dimensions import columns_of, complete_by, filters_of
from tokenlake_collector.cli.keys import until_pressed
from tokenlake_collector.cli.live import check_terminal, keep_drawing
from tokenlake_collector.cli.minutes import Minutes
from tokenlake_collector.cli.options import Where
from tokenlake_collector.cli.output import console
from tokenlake_collector.cli.source import Db, Url, ask
from tokenlake_collector.cli.top_frame import Frame

_MOST_MINUTES = 120


def top(
    minutes: Annotated[int, typer.Option(help="How many minutes back, this one included.")] = 15,
    by: Annotated[
        str, typer.Option(help="A list for each of these columns.", autocompletion=complete_by)
    ] = "model,user,session",
    sort: Annotated[
        str, typer.Option(help="tokens or money, largest first.", autocompletion=complete_measure)
    ] = "tokens",
    every: Annotated[float, typer.Option(help="Seconds between two frames.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Write one frame and end.")] = False,
    where: Where = None,
    db: Db = None,
    url: Url = None,
) -> None:
    """Watch the last minutes: totals, tokens a minute, the largest models, users and sessions; q ends.

    Example: tokenlake top --minutes 30 --sort money
    """
    if sort not in MEASURES:
        raise ValueError(f"--sort {sort!r}: write tokens or money")
    if not 1 <= minutes <= _MOST_MINUTES:
        raise ValueError(f"--minutes {minutes}: write 1 to {_MOST_MINUTES}")
    screen = console()
    measure = MEASURES[sort]
    frame = Frame(columns_of(by), measure, Minutes(minutes, measure), filters_of(where))

    def draw() -> RenderableType:
        return ask(db, url, lambda source: frame.drawn(source, screen.size))

    if once:
        screen.print(draw())
        return
    check_terminal("--every", every, "add --once")
    with until_pressed("q") as wait:
        keep_drawing(draw, every, screen, wait=wait, full_screen=True)
