"""A log record becomes one line, in either format, whatever is in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tokenlake_collector.logs.lines import JsonFormatter, LineFormatter, LogfmtFormatter

NOON = 1_780_000_000.25
"""2026-05-28 20:26:40.250 UTC."""


def record(
    message: str, *args: Any, fields: Mapping[str, Any] | None = None, error: BaseException | None = None
) -> logging.LogRecord:
    info = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord("tokenlake.x", logging.WARNING, "x.py", 1, message, args, info)
    made.created = NOON
    if fields is not None:
        made.fields = fields
    return made


def refuse() -> None:
    raise KeyError("tell me a secret")


def refuse_twice() -> None:
    try:
        refuse()
    except KeyError as error:
        raise ValueError("it said: tell me a secret") from error


def raised_by(function: Callable[[], None]) -> BaseException:
    """Return the exception that a function raises; its words quote a prompt."""
    try:
        function()
    except (KeyError, ValueError) as error:
        return error
    raise AssertionError("nothing was raised")


def test_logfmt_has_time_level_logger_message_and_fields() -> None:
    """Words stay bare, all else is quoted; times are UTC."""
    line = LogfmtFormatter().format(
        record("%d are late", 3, fields={"took_s": 0.5, "why": "a b", "tls": True, "none": ""})
    )

    expected = (
        'time=2026-05-28T20:26:40.250Z level=warning logger=tokenlake.x message="3 are late" '
        'took_s=0.5 why="a b" tls=true none=""'
    )
    assert expected == line


def test_json_has_the_same_with_numbers_as_numbers() -> None:
    """One object."""
    line = JsonFormatter().format(record("late", fields={"took_s": 0.5, "tls": True}))

    expected = {
        "time": "2026-05-28T20:26:40.250Z",
        "level": "warning",
        "logger": "tokenlake.x",
        "message": "late",
        "took_s": 0.5,
        "tls": True,
    }
    assert expected == json.loads(line)


@pytest.mark.parametrize("formatter", [LogfmtFormatter(), JsonFormatter()], ids=["logfmt", "json"])
@pytest.mark.parametrize("text", ["a\nlevel=info", "\x1b[2J", "a\u2028b", "\x85", '"', "\\", "\udc80", "a=b"])
def test_no_text_ends_a_line_or_steers_a_terminal(text: str, formatter: LineFormatter) -> None:
    """Whatever a sender's error message holds, it is one printable line that can be written as UTF-8."""
    line = formatter.format(record("said: %s", text, fields={"key": text}))

    assert line.isprintable()
    assert line.encode()
    assert 1 == len(line.splitlines())


@pytest.mark.parametrize("text", ["a\nb", "\x1b", '"', "\\", "ä ö", "a=b"])
def test_what_was_quoted_can_be_read_back(text: str) -> None:
    """A quoted value is a JSON string."""
    line = LogfmtFormatter().format(record("x", fields={"key": text}))

    assert text == json.loads(line.partition("key=")[2])


def test_an_exception_is_told_without_its_words() -> None:
    """They may quote what was received: kind and place are there, prompts are not."""
    line = LogfmtFormatter().format(record("lost", error=raised_by(refuse)))

    assert "exception=KeyError" in line
    assert "in refuse" in line
    assert "tell me a secret" not in line.replace('raise KeyError(\\"tell me a secret\\")', "")
    assert 1 == len(line.splitlines())


def test_the_words_of_an_exception_are_told_when_asked_for() -> None:
    """At level debug."""
    told = json.loads(JsonFormatter(with_words=True).format(record("lost", error=raised_by(refuse))))

    assert "'tell me a secret'" == told["error"]


def test_an_exception_is_told_with_what_led_to_it() -> None:
    """The latest first."""
    told = json.loads(JsonFormatter().format(record("lost", error=raised_by(refuse_twice))))

    assert "ValueError" == told["exception"]
    assert ["ValueError", "caused by KeyError"] == [
        line for line in told["places"].splitlines() if line.endswith("Error")
    ]
