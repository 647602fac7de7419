"""What a statistic answered, and how it is shown: written once, or drawn again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rich.console import Group, RenderableType
from rich.text import Text

from tokenlake_collector.cli.live import check_terminal, keep_drawing
from tokenlake_collector.cli.output import Format, console, write_program_form
from tokenlake_collector.cli.source import ask
from tokenlake_collector.cli.table import FIGURES, Layout, Row, table_of
from tokenlake_collector.cli.trend import trend_of


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows, the total that their shares are of (None: no shares), and how a table shows them."""

    rows: Sequence[Row]
    total: Row | None
    layout: Layout


Statistic: TypeAlias = Callable[[str], Answer]
"""Asks a source, a file or a URL."""


@dataclass(frozen=True, slots=True)
class Show:
    """Where to ask and how to show it, as the options say."""

    db: str | None
    url: str | None
    form: Format
    watch: float | None

    @classmethod
    def read(
        cls, db: str | None, url: str | None, watch: float | None, *, as_json: bool, as_csv: bool
    ) -> Show:
        """Read the options.

        Raises:
            ValueError: they contradict each other, or nothing can be watched here.
        """
        form = Format.chosen(as_json=as_json, as_csv=as_csv)
        if watch is not None:
            if form is not Format.TABLE:
                raise ValueError(f"--watch and --{form}: choose one of them")
            check_terminal("--watch", watch, "leave it out")
        return cls(db, url, form, watch)

    def rows(self, statistic: Statistic, groups: Sequence[str] = ()) -> None:
        """Show a list; rows that follow one another in time get a sparkline for each of the groups."""
        self._show(statistic, lambda answer, width: _drawn(answer, groups, width), lambda answer: answer.rows)

    def single(self, statistic: Statistic) -> None:
        """Show the only row of an answer."""
        self._show(statistic, lambda answer, width: _drawn(answer, (), width), lambda answer: answer.rows[0])

    def _show(
        self,
        statistic: Statistic,
        draw: Callable[[Answer, int], RenderableType],
        plain: Callable[[Answer], Sequence[Row] | Row],
    ) -> None:
        if self.form is not Format.TABLE:
            write_program_form(plain(ask(self.db, self.url, statistic)), self.form)
            return
        screen = console()

        def drawn() -> RenderableType:
            return draw(ask(self.db, self.url, statistic), screen.width)

        if self.watch is None:
            screen.print(drawn())
        else:
            keep_drawing(drawn, self.watch, screen)


def sum_of(rows: Sequence[Row]) -> Row:
    """Return the total of rows that leave nothing out."""
    return {figure: sum(row[figure] for row in rows) for figure in (*FIGURES, *_MONEY)}


_MONEY = ("unpriced_calls", "reported_cost", "computed_cost")


def _drawn(answer: Answer, groups: Sequence[str], width: int) -> RenderableType:
    layout = answer.layout
    table = table_of(answer.rows, answer.total, layout, width)
    moments = {str(row.get("timestamp")) for row in answer.rows}
    if not layout.in_time or "timestamp" not in layout.columns or len(moments) < 2:
        return table
    return Group(trend_of(answer.rows, groups, layout.measure, width), Text(), table)
