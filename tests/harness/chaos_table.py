"""The lines of the table in docs/reliability.md."""

from __future__ import annotations

HEADER = """\
| Fault | How often | Spans acknowledged | Lost | Duplicated |
|---|---|---|---|---|"""


def row(fault: str, times: str, acknowledged: int, lost: int, duplicated: int) -> str:
    """Return one line of the table."""
    return f"| {fault} | {times} | {acknowledged:,} | {lost} | {duplicated} |"
