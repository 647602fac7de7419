"""Rows as a table that fits its terminal: figures, shares, bars, and a row of totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from tokenlake_collector.cli.bars import bar
from tokenlake_collector.cli.figures import cell, percent

FIGURES = (
    "calls",
    "errors",
    "input_tokens",
    "cache_read_tokens",
    "output_tokens",
    "total_tokens",
    "estimated_cost",
)
"""The figures that a table shows; JSON and CSV have all."""

COSTS = ("calls", "total_tokens", "unpriced_calls", "reported_cost", "computed_cost", "estimated_cost")
"""What a table shows of money: both sides, and what is taken for true."""

SHARE, BAR = "share", "bar"

LEAST_IMPORTANT = (
    "cache_read_tokens",
    BAR,
    "models",
    "channel",
    "errors",
    "input_tokens",
    "output_tokens",
    "reported_cost",
    "computed_cost",
    "unpriced_calls",
    SHARE,
    "estimated_cost",
    "last_timestamp",
    "calls",
)
"""What a table leaves out when the terminal is too narrow, in this order."""

_NUMBERS = frozenset({*FIGURES, *COSTS, SHARE})
_MOMENTS = frozenset({"timestamp", "first_timestamp", "last_timestamp", "date"})
_BAR_WIDTH = 12
_MOST_TEXT, _LEAST_TEXT, _FEWEST = 28, 16, 3
# Two characters around a column and one between two; at the edges of a table there are two in all.
_BETWEEN, _SPARED = 3, 1
_HEADINGS = {
    "input_tokens": "input",
    "cache_read_tokens": "cached",
    "output_tokens": "output",
    "total_tokens": "total",
    "estimated_cost": "USD",
    "reported_cost": "reported USD",
    "computed_cost": "computed USD",
    "unpriced_calls": "unpriced",
    BAR: "",
}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a table shows of its rows.

    Shares and bars are those of the figure `measure`; bars compare with the largest row where rows follow
    one another in time, else with the total. A compact table is one of several: it has no row of totals.
    """

    title: str
    columns: Sequence[str]
    measure: str = "total_tokens"
    in_time: bool = False
    caption: str | None = None
    compact: bool = False


def table_of(rows: Sequence[Row], total: Row | None, layout: Layout, width: int) -> Table:
    """Lay rows out in `width` characters; figures are never cut short, so a narrow table has fewer of them.

    Without a `total` there are no shares, no bars and no row of totals.
    """
    texts = _texts(rows, total, layout)
    foot = _foot(layout, total) if total is not None and rows and not layout.compact else {}
    shown = _fitting([*texts, foot], layout, width, pictures=total is not None)
    table = Table(
        title=Text(layout.title), title_justify="left", title_style="bold",
        box=None if layout.compact else SIMPLE_HEAD, pad_edge=False,
        caption=_caption(rows, total, layout), caption_justify="left", show_footer=bool(foot),
    )  # fmt: skip
    _add_columns(table, shown, [*texts, foot], width)
    for text in texts:
        table.add_row(*(Text(text[column], "cyan" if column == BAR else "") for column in shown))
    return table


def _texts(rows: Sequence[Row], total: Row | None, layout: Layout) -> list[dict[str, str]]:
    texts = [{column: _cell(column, row) for column in layout.columns} for row in rows]
    if total is None:
        return texts
    parts, whole = [row[layout.measure] for row in rows], total[layout.measure]
    reach = max(parts, default=0) if layout.in_time else whole
    pictures = ({SHARE: percent(part, whole), BAR: bar(part, reach, _BAR_WIDTH)} for part in parts)
    return [text | picture for text, picture in zip(texts, pictures, strict=True)]


def _foot(layout: Layout, total: Row) -> dict[str, str]:
    foot = {column: _cell(column, total) for column in layout.columns if column in _NUMBERS}
    return {layout.columns[0]: "all"} | foot


def _cell(column: str, row: Row) -> str:
    """Return a cell's text; nothing is not what unpriced tokens cost."""
    if column == "estimated_cost" and not row[column] and row.get("unpriced_calls"):
        return "?"
    return cell(column, row[column])


def _caption(rows: Sequence[Row], total: Row | None, layout: Layout) -> str | None:
    said = [layout.caption] if layout.caption else []
    if not rows:
        said = ["no rows"]
    elif total is not None and not layout.compact and (unpriced := total["unpriced_calls"]):
        said.append(f"{unpriced:,} calls without a known price are not in USD: tokenlake prices --missing")
    return "; ".join(said) or None


def _fitting(texts: Sequence[dict[str, str]], layout: Layout, width: int, *, pictures: bool) -> list[str]:
    """Return the columns that fit into a terminal, leaving out the least important first."""
    shown = [*layout.columns, SHARE, BAR] if pictures else [*layout.columns]
    for least in LEAST_IMPORTANT:
        if sum(_least_width(texts, column) + _BETWEEN for column in shown) <= width + _SPARED:
            break
        if least in shown and least != layout.measure:
            shown.remove(least)
    return shown


def _add_columns(table: Table, shown: Sequence[str], texts: Sequence[dict[str, str]], width: int) -> None:
    widths = _widths(shown, texts, width)
    for column in shown:
        table.add_column(
            _heading(column),
            Text(texts[-1].get(column, ""), "bold"),
            justify="right" if column in _NUMBERS else "left",
            width=widths[column],
            no_wrap=True,
            overflow="ellipsis",
        )


def _widths(shown: Sequence[str], texts: Sequence[dict[str, str]], width: int) -> dict[str, int]:
    """Return the width of each column: figures have what they need, words share what is left."""
    needed = {column: _width(texts, column) for column in shown}
    words = sorted((column for column in shown if not _is_fixed(column)), key=lambda column: needed[column])
    room = width + _SPARED - sum(needed[column] + _BETWEEN for column in shown if column not in words)
    for left, column in zip(range(len(words), 0, -1), words, strict=True):
        needed[column] = min(needed[column], max(room // left - _BETWEEN, _FEWEST))
        room -= needed[column] + _BETWEEN
    return needed


def _is_fixed(column: str) -> bool:
    return column in _NUMBERS or column in _MOMENTS or column == BAR


def _width(texts: Sequence[dict[str, str]], column: str) -> int:
    if column == BAR:
        return _BAR_WIDTH
    widest = max((len(text.get(column, "")) for text in texts), default=0)
    return max(len(_heading(column)), widest if column in _NUMBERS else min(widest, _MOST_TEXT))


def _least_width(texts: Sequence[dict[str, str]], column: str) -> int:
    width = _width(texts, column)
    return width if _is_fixed(column) else min(width, _LEAST_TEXT)


def _heading(column: str) -> str:
    return _HEADINGS.get(column, column)
