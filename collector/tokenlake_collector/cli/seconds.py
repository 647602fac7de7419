"""`--watch [SECONDS]`: an option whose value may be left out."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

OPTION, DEFAULT = "--watch", "2"


class WatchCommand(TyperCommand):
    """A command that reads a bare `--watch` as `--watch 2`; typer knows no optional values."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Fill in the seconds, then parse as always."""
        return super().parse_args(ctx, with_seconds(args))


def with_seconds(arguments: list[str]) -> list[str]:
    """Return the arguments with a value behind every `--watch` that has none."""
    filled = []
    for index, argument in enumerate(arguments):
        filled.append(argument)
        if argument == OPTION and not _is_number("".join(arguments[index + 1 : index + 2])):
            filled.append(DEFAULT)
    return filled


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
