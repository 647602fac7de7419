"""Model names without what differs between two reports of one call: prefixes, dates, versions, tags."""

from __future__ import annotations

import re

PREFIX = (
    r"^(.*/)?((us|us-gov|eu|apac|ap|jp|au|ca|global)\.)?"
    r"((anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|writer|google)\.)?"
)
SUFFIX = r"([-@:](\d{8}|\d{4}-\d{2}-\d{2}))?(-v\d+(:\d+)*)?(\[[^\]]*\])?$"
"""Both are in the dialect that Python and DuckDB share; the SQL beside this file gets them as parameters."""

_PREFIX, _SUFFIX = re.compile(PREFIX), re.compile(SUFFIX)


def bare_name(model: str) -> str:
    """Return `claude-sonnet-4-5` for `us.anthropic.claude-sonnet-4-5-20250929-v1:0` and its like."""
    return _SUFFIX.sub("", _PREFIX.sub("", model.lower(), count=1), count=1)
