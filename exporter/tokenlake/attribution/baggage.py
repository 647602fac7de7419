"""A tracking context as W3C Baggage: the names of its entries, and which values travel."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from opentelemetry.baggage import get_all, remove_baggage, set_baggage
from opentelemetry.context import Context

from tokenlake import attributes as keys
from tokenlake.attribution.context import EMPTY, TokenTrackingContext
from tokenlake.attribution.processor import text
from tokenlake.notices import warn_once

NAMES: Final = {
    "session_id": keys.CONVERSATION_ID,
    "user_id": keys.USER_ID,
    "channel": keys.CHANNEL,
    "operation_type": keys.OPERATION_TYPE,
    "operation_detail": keys.OPERATION_DETAIL,
    "endpoint_name": keys.ENDPOINT_NAME,
}
"""Field of `TokenTrackingContext` to the name of its entry, which is that of the span's attribute."""

# Characters. W3C grants 8,192 bytes for everybody's entries together; three of ours fit in a fifth of that.
_MAX_LENGTH: Final = 256


def entries_of(context: TokenTrackingContext, fields: Iterable[str]) -> dict[str, str]:
    """Return the entries for these fields; what is not set, too long or not printable is left out."""
    values = {field: text(getattr(context, field)) for field in fields}
    return {NAMES[field]: value for field, value in values.items() if value and _travels(field, value)}


def context_of(entries: Mapping[str, object], fields: Iterable[str]) -> TokenTrackingContext:
    """Return what entries say about these fields, by the same rules; the empty context for nothing."""
    values = {field: entries.get(NAMES[field]) for field in fields}
    found: dict[str, Any] = {
        field: value
        for field, value in values.items()
        if isinstance(value, str) and value and _travels(field, value)
    }
    return TokenTrackingContext(**found) if found else EMPTY


def exchanged(context: Context | None, entries: Mapping[str, str]) -> Context | None:
    """Return OTel's context with these entries, and with no other entry under one of our names."""
    for name in NAMES.values() & get_all(context).keys():
        context = remove_baggage(name, context)
    for name, value in entries.items():
        context = set_baggage(name, value, context)
    return context


def _travels(field: str, value: str) -> bool:
    # Never cut: half an id is somebody else's.
    if len(value) <= _MAX_LENGTH and value.isprintable():
        return True
    warn_once(
        f"baggage {field}",
        "%s of %d characters is left out of the baggage: up to %d printable characters travel",
        field,
        len(value),
        _MAX_LENGTH,
    )
    return False
