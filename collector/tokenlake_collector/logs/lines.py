"""A log record as one line: logfmt (`key=value`, quoted where it must be) or JSON."""

from __future__ import annotations

import json
import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tokenlake_collector.logs.faults import kind_of, places_of

FIELDS = "fields"
"""The attribute of a record that holds what belongs to its event."""

REPEATED = "repeated"
"""The field that says how many lines like this one were left out before it."""

_BARE = re.compile(r'[^\s"=\\]+')


class LineFormatter(logging.Formatter, ABC):
    """Writes time (UTC, ISO 8601), level, logger and message, then the fields, then the exception.

    Of an exception there are its kind and its places; its own words, which may quote what was received, are
    written at level debug only.
    """

    def __init__(self, *, with_words: bool = False) -> None:
        super().__init__()
        self._with_words = with_words

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without an end of line in it or behind it."""
        return self.line(
            {
                "time": _iso(record.created),
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": record.getMessage(),
                **getattr(record, FIELDS, {}),
                **self._fault(record),
            }
        )

    @abstractmethod
    def line(self, values: Mapping[str, Any]) -> str:
        """Put values on one line."""

    def _fault(self, record: logging.LogRecord) -> dict[str, str]:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return {}
        words = {"error": str(error)} if self._with_words else {}
        return {"exception": kind_of(error), **words, "places": places_of(error)}


class LogfmtFormatter(LineFormatter):
    """`time=… level=info logger=… message="two words" key=value`."""

    def line(self, values: Mapping[str, Any]) -> str:
        """Join pairs by spaces; a value that is not one plain word is written as a JSON string."""
        return " ".join(f"{key}={_logfmt(value)}" for key, value in values.items())


class JsonFormatter(LineFormatter):
    """One JSON object a line."""

    def line(self, values: Mapping[str, Any]) -> str:
        """Write an object; numbers and booleans stay what they are."""
        return _printable(json.dumps(values, ensure_ascii=False, default=str))


def _logfmt(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if _BARE.fullmatch(text) and text.isprintable():
        return text
    return _printable(json.dumps(text, ensure_ascii=False))


def _printable(text: str) -> str:
    """Escape what would end a line or steer a terminal, and what is no Unicode."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
