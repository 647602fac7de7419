"""An exception as text without its own words: these may quote what was received."""

from __future__ import annotations

import traceback

_MOST_LINKS = 10
"""Exceptions that led to each other and are told of, the latest first."""


def kind_of(error: BaseException) -> str:
    """Return the full name of an exception's class."""
    cls = type(error)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def places_of(error: BaseException) -> str:
    """Return where an exception was raised and where those were that led to it, without any values."""
    parts: list[str] = []
    link: BaseException | None = error
    while link is not None and len(parts) < _MOST_LINKS:
        parts.append("".join([f"{kind_of(link)}\n", *traceback.format_tb(link.__traceback__)]))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "caused by ".join(parts)
