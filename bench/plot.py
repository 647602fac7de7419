"""A small chart of times over sizes, both in powers of ten, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, TOP = 640, 360, 60, 40, 130, 20
COLORS = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#475569")

Curves = Mapping[str, Sequence[tuple[float, float]]]
"""Points (rows, milliseconds) by the question's name."""


def chart(curves: Curves) -> str:
    """Return the chart: rows to the right, milliseconds upwards."""
    points = [point for curve in curves.values() for point in curve]
    spans = [_decades([point[axis] for point in points]) for axis in (0, 1)]
    lines = [*_grid(spans), *_curves(curves, spans)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
    return "\n".join(
        [
            f'{head} font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _decades(values: Sequence[float]) -> tuple[int, int]:
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


def _place(value: float, span: tuple[int, int], length: float) -> float:
    return (math.log10(value) - span[0]) / max(span[1] - span[0], 1) * length


def _at(point: tuple[float, float], spans: Sequence[tuple[int, int]]) -> tuple[float, float]:
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return LEFT + _place(point[0], spans[0], across), HEIGHT - BOTTOM - _place(point[1], spans[1], up)


def _grid(spans: Sequence[tuple[int, int]]) -> list[str]:
    lines = []
    for power in range(spans[1][0], spans[1][1] + 1):
        x, y = _at((10 ** spans[0][0], 10.0**power), spans)
        lines.append(f'<line x1="{x:.0f}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e2e8f0"/>')
        lines.append(f'<text x="{x - 6:.0f}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} ms</text>')
    for power in range(spans[0][0], spans[0][1] + 1):
        x, y = _at((10.0**power, 10.0 ** spans[1][0]), spans)
        lines.append(f'<text x="{x:.1f}" y="{y + 18:.0f}" text-anchor="middle">{10**power:,}</text>')
    return lines


def _curves(curves: Curves, spans: Sequence[tuple[int, int]]) -> list[str]:
    lines = []
    ends = _apart([_at(curve[-1], spans)[1] for curve in curves.values()])
    for (name, curve), color, end in zip(curves.items(), COLORS, ends, strict=False):
        places = [_at(point, spans) for point in curve]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        lines.append(f'<text x="{places[-1][0] + 8:.1f}" y="{end + 4:.1f}" fill="{color}">{name}</text>')
    return lines


def _apart(heights: Sequence[float], least: float = 14) -> list[float]:
    """Move names that would cover each other."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    moved = list(heights)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + least)
    return moved
