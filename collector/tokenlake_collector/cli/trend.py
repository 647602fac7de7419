"""Sparklines: what every group used over time, a line each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from tokenlake_collector.cli.bars import sparkline
from tokenlake_collector.cli.figures import cell
from tokenlake_collector.cli.table import Row

_MOST_GROUPS = 10
_MOST_LABEL = 28
_LEAST_SPARKS, _MOST_SPARKS = 8, 60


def trend_of(rows: Sequence[Row], groups: Sequence[str], measure: str, width: int) -> Table:
    """Return a line for each of the ten largest groups of a timeline; without groups, one for all."""
    series: dict[str, list[float]] = {}
    for row in rows:
        label = " · ".join(cell(column, row[column]) for column in groups) or "all"
        series.setdefault(label, []).append(row[measure])
    largest = sorted(series, key=lambda label: -sum(series[label]))[:_MOST_GROUPS]
    lines = {label: cell(measure, sum(series[label])) for label in largest}
    label_width = min(max(map(len, lines), default=0), _MOST_LABEL, width // 3)
    room = width - label_width - max(map(len, lines.values()), default=0) - 4
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=label_width, no_wrap=True, overflow="ellipsis")
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    for label, used in lines.items():
        sparks = sparkline(series[label], min(max(room, _LEAST_SPARKS), _MOST_SPARKS))
        grid.add_row(Text(label), Text(sparks, "cyan"), Text(used))
    return grid
