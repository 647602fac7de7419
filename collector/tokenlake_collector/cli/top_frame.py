"""One frame of `tokenlake top`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.columns import Columns
from rich.console import ConsoleDimensions, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from tokenlake_collector.cli.bars import sparkline
from tokenlake_collector.cli.dimensions import Filters
from tokenlake_collector.cli.figures import cell, number, usd
from tokenlake_collector.cli.minutes import Minutes
from tokenlake_collector.cli.source import is_url
from tokenlake_collector.cli.table import Layout, Row, table_of
from tokenlake_queries import Source, get_token_summary, get_token_total
from tokenlake_queries.lake import place_of
from tokenlake_queries.ledger import open_ledger

_HEAD_LINES, _TABLE_LINES = 4, 3
_LEAST_ROWS, _MOST_ROWS = 2, 10
_NARROWEST_LIST = 56
_COLUMNS = ("calls", "total_tokens", "estimated_cost")


@dataclass(frozen=True, slots=True)
class Frame:
    """What every frame is about."""

    columns: Sequence[str]
    measure: str
    minutes: Minutes
    filters: Filters

    def drawn(self, source: str, size: ConsoleDimensions) -> RenderableType:
        """Ask a file or a collector, and draw what fits into the terminal."""
        with _opened(source) as place:
            now = datetime.now(UTC)
            chosen: dict[str, Any] = {"start_time": self.minutes.first(now), "source": place}
            chosen |= {"filters": self.filters}
            total = get_token_total(**chosen)
            beside = max(min(size.width // _NARROWEST_LIST, len(self.columns)), 1)
            rows = _rows(size.height, -(-len(self.columns) // beside))
            width = size.width // beside - 2
            lists = [self._list(column, chosen, total, rows, width) for column in self.columns]
            head = _head(source, now, total, self._sparks(now, place, size.width))
        return Group(head, Text(), Columns(lists, padding=(0, 2)) if beside > 1 else Group(*lists))

    def _list(self, column: str, chosen: dict[str, Any], total: Row, rows: int, width: int) -> Padding:
        found = get_token_summary(column, sort=self.measure, limit=rows, **chosen)
        layout = Layout(f"Top {column}", [column, *_COLUMNS], self.measure, compact=True)
        return Padding(table_of(found, total, layout, width), (0, 0, 1, 0))

    def _sparks(self, now: datetime, source: Source, width: int) -> Text:
        figures = self.minutes.figures(now, source, self.filters)
        what = "tokens" if self.measure == "total_tokens" else "USD"
        label = f"{what} a minute, the last {len(figures)}: "
        sparks = sparkline(figures, max(width - len(label) - 20, 10))
        return Text.assemble(label, (sparks, "cyan"), f"  most {cell(self.measure, max(figures))}")


@contextmanager
def _opened(source: str) -> Iterator[Source]:
    """Open a file once for all questions of a frame: each opening takes far longer than an answer."""
    if is_url(source):
        yield source
        return
    with open_ledger(place_of(source)) as ledger:
        yield ledger.cursor


def _head(source: str, now: datetime, total: Row, sparks: Text) -> Group:
    calls = f"{number(total['calls'])} calls, {number(total['errors'])} failed"
    used = f"{number(total['total_tokens'])} tokens, {usd(total['estimated_cost'])}"
    where = Text.assemble(
        ("tokenlake top", "bold"),
        f"  {now:%H:%M:%S} UTC  q ends  {source}",
        overflow="ellipsis",
        no_wrap=True,
    )
    return Group(where, Text(f"{calls}; {used}"), sparks)


def _rows(height: int, stacked: int) -> int:
    """Return how many rows each list may have, so that all of them are on the screen."""
    room = (height - _HEAD_LINES) // stacked - _TABLE_LINES
    return min(max(room, _LEAST_ROWS), _MOST_ROWS)
