"""Everything that is logged in the process, ours and others', through one handler."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from tokenlake_collector.logs.lines import JsonFormatter, LineFormatter, LogfmtFormatter
from tokenlake_collector.logs.repeats import RepeatsHandler

FORMATS: dict[str, Callable[..., LineFormatter]] = {"logfmt": LogfmtFormatter, "json": JsonFormatter}

_LEVELS = ("debug", "info", "warning", "error")

_CHATTY = ("uvicorn", "asyncio", "grpc")
"""Others' loggers, which are heard from `warning` on: what they say at `info` we say ourselves."""


def log_to_stderr(level: str, form: str) -> None:
    """Log from `level` on (debug, info, warning, error) to stderr, as `logfmt` or `json`.

    Raises:
        ValueError: there is no such level or format; the message names the option.
    """
    if level.lower() not in _LEVELS:
        raise ValueError(f"--log-level {level!r}: write debug, info, warning or error")
    if form.lower() not in FORMATS:
        raise ValueError(f"--log-format {form!r}: write logfmt or json")
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = RepeatsHandler(sys.stderr)
    handler.setFormatter(FORMATS[form.lower()](with_words=number <= logging.DEBUG))
    logging.basicConfig(level=number, handlers=[handler], force=True)
    logging.captureWarnings(True)
    if number > logging.DEBUG:
        for name in _CHATTY:
            logging.getLogger(name).setLevel(max(number, logging.WARNING))
