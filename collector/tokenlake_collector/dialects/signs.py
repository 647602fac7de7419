"""By what, besides a name, a log record or a metric point is recognised."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

_SERVICE = "service.name"


class By(StrEnum):
    """Where a sign stands."""

    NAME = ""
    SCOPE = "scope"
    SERVICE = "service"
    RESOURCE = "resource"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of where a record comes from; the resource by its texts."""

    scope: str
    resource: Mapping[str, str | None]
    attributes: Container[str]


@dataclass(frozen=True, slots=True)
class Sign:
    """A scope's or a service's name (`*` stands for anything), `key=value` of a resource, or an attribute."""

    by: By
    pattern: str

    def fits(self, origin: Origin) -> bool:
        """Tell whether a record from there shows this sign."""
        match self.by:
            case By.NAME:
                return True
            case By.SCOPE:
                return fnmatchcase(origin.scope, self.pattern)
            case By.SERVICE:
                return fnmatchcase(origin.resource.get(_SERVICE) or "", self.pattern)
            case By.RESOURCE:
                key, _, value = self.pattern.partition("=")
                return origin.resource.get(key) == value
            case By.ATTRIBUTE:
                return self.pattern in origin.attributes
