"""How far a migration is: a bar on a terminal, a line for each step elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tokenlake_collector.migrate import Told

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


@contextmanager
def moving() -> Iterator[Told]:
    """Give what is told how far it is, for the length of a block."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _line
        return
    with Progress(*_COLUMNS, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda words, done, of: progress.update(
            task, description=words, completed=done, total=of or None
        )


def _line(words: str, done: int, of: int) -> None:
    typer.echo(f"{words}, {done:,} of {of:,} rows are moved" if of else words, err=True)
