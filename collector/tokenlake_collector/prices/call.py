"""What a record says of the model that was called and where: all that its price depends on, besides time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

_LONGEST = 256


class Call(NamedTuple):
    """The names as reported; `context` is JSON, such as {"service_tier": "flex"}."""

    provider: str | None = None
    endpoint: str | None = None
    model: str | None = None
    request_model: str | None = None
    context: str | None = None

    @property
    def models(self) -> list[str]:
        """The model that answered, then the one asked for; an absurdly long name is none."""
        names = dict.fromkeys((self.model, self.request_model))
        return [name for name in names if name and len(name) <= _LONGEST]

    @property
    def circumstances(self) -> Mapping[str, str]:
        """What besides the model chooses a rate."""
        read: dict[str, str] = json.loads(self.context) if self.context else {}
        return read
