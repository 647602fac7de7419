"""What becomes of a batch that the receiver did not take."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Verdict(StrEnum):
    """What becomes of a batch after an attempt."""

    SENT = "acknowledged: forget it"
    KEPT = "tried again later, for as long as the spool has room"
    REFUSED = "dropped, counted and logged: it would be refused again, and block what comes after it"
    TOO_LARGE = "sent in halves; a span that is too large alone is refused"


VERDICTS: Final[Mapping[int | str | None, Verdict]] = MappingProxyType(
    {
        # Bad data, which stays bad.
        400: Verdict.REFUSED,
        422: Verdict.REFUSED,
        "INVALID_ARGUMENT": Verdict.REFUSED,
        413: Verdict.TOO_LARGE,
        "MESSAGE_TOO_LARGE": Verdict.TOO_LARGE,
        # A wrong key, address or proxy, which an operator can mend: OTLP calls these permanent, too.
        401: Verdict.KEPT,
        403: Verdict.KEPT,
        404: Verdict.KEPT,
        405: Verdict.KEPT,
        407: Verdict.KEPT,
        415: Verdict.KEPT,
        "UNAUTHENTICATED": Verdict.KEPT,
        "PERMISSION_DENIED": Verdict.KEPT,
        "NOT_FOUND": Verdict.KEPT,
        "UNIMPLEMENTED": Verdict.KEPT,
        # Passing, by the OTLP specification or in practice.
        408: Verdict.KEPT,
        429: Verdict.KEPT,
        500: Verdict.KEPT,
        502: Verdict.KEPT,
        503: Verdict.KEPT,
        504: Verdict.KEPT,
        "UNAVAILABLE": Verdict.KEPT,
        "RESOURCE_EXHAUSTED": Verdict.KEPT,
        "DEADLINE_EXCEEDED": Verdict.KEPT,
        "CANCELLED": Verdict.KEPT,
        "INTERNAL": Verdict.KEPT,
        # No reply at all, or an exporter that does not tell.
        None: Verdict.KEPT,
    }
)
"""By HTTP status or the name of a gRPC status; what is not in the table is kept.

MESSAGE_TOO_LARGE is our name for RESOURCE_EXHAUSTED of gRPC itself, where a receiver takes 4 MiB by default.
"""


def verdict_of(status: int | str | None) -> Verdict:
    """Return what becomes of a batch that was answered with this status, or with none."""
    return VERDICTS.get(status, Verdict.KEPT)
