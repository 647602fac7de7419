"""An answer that is asked for again and again, drawn in place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from time import sleep

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from tokenlake_queries import LedgerError

Wait = Callable[[float], bool]
"""Waits so many seconds, and tells whether to go on."""


def pause(seconds: float) -> bool:
    """Wait, and go on: only Ctrl-C ends."""
    sleep(seconds)
    return True


def check_terminal(option: str, seconds: float, remedy: str) -> None:
    """Return when a live view can be drawn.

    Raises:
        ValueError: standard output is no terminal, or the time is none.
    """
    if not 0.1 <= seconds <= 86_400:
        raise ValueError(f"{option} {seconds:g}: write a number of seconds from 0.1 to 86400")
    if not sys.stdout.isatty():
        raise ValueError(f"{option}: standard output is no terminal: {remedy}")


def keep_drawing(
    draw: Callable[[], RenderableType],
    seconds: float,
    console: Console,
    *,
    wait: Wait = pause,
    full_screen: bool = False,
) -> None:
    """Draw until Ctrl-C or until `wait` says no; a source that stops answering is waited for.

    Raises:
        LedgerError: the source does not answer the first time.
    """
    shown = draw()
    with (
        suppress(KeyboardInterrupt),
        Live(shown, console=console, auto_refresh=False, screen=full_screen) as live,
    ):
        while wait(seconds):
            try:
                shown = draw()
                live.update(shown, refresh=True)
            except LedgerError as error:
                live.update(Group(Text(f"{error}; trying again", "red"), shown), refresh=True)
