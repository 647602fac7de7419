"""Warnings that are logged once per subject, so that a loop of model calls cannot flood the agent's log."""

import logging

_logger = logging.getLogger("tokenlake")
_seen: set[str] = set()


def warn_once(subject: str, message: str, *args: object) -> None:
    """Log a warning the first time this subject comes up in the process, and nothing afterwards.

    Args:
        subject: what the warning is about; one of few, since it is remembered for ever.
        message: the text, with `%s` for each of args.
        *args: the values named in the text.
    """
    if subject in _seen:
        return
    _seen.add(subject)
    _logger.warning(message, *args)
