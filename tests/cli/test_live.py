"""A view that is drawn again and again outlives a source that is away for a while."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from tokenlake_collector.cli.live import keep_drawing
from tokenlake_queries import LedgerError


def draw_of(*answers: str | LedgerError) -> tuple[Console, list[float]]:
    """Draw these answers one after the other; return the screen, and what was waited for, in seconds."""
    console = Console(file=io.StringIO(), force_terminal=True, width=60)
    left, waited = list(answers), list[float]()

    def draw() -> RenderableType:
        answer = left.pop(0)
        if isinstance(answer, LedgerError):
            raise answer
        return answer

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return bool(left)

    keep_drawing(draw, 3, console, wait=wait)
    return console, waited


def test_a_source_that_is_away_is_waited_for() -> None:
    """The last answer stays, with a line that says why it is old; then there is a new one."""
    console, waited = draw_of("one", LedgerError("nobody answers"), "three")
    assert isinstance(console.file, io.StringIO)
    seen = console.file.getvalue()

    assert "nobody answers; trying again" in seen
    assert seen.index("nobody answers") < seen.index("three")
    assert 2 == seen.count("one")
    assert [3, 3, 3] == waited


def test_a_source_that_never_answered_is_an_error() -> None:
    """There is nothing to show."""
    with pytest.raises(LedgerError, match="nobody answers"):
        draw_of(LedgerError("nobody answers"))
