"""Some spans on their way."""

from collections.abc import Sequence
from dataclasses import dataclass

from opentelemetry.sdk.trace import ReadableSpan

from tokenlake.delivery.entry import Entry


@dataclass(slots=True, eq=False)
class Batch:
    """Spans, their place in the order, and their file once they have one."""

    spans: Sequence[ReadableSpan]
    sequence: int
    entry: Entry | None = None
