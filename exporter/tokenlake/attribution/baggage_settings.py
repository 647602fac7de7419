"""Which services may be told about our sessions, and whether we believe what we are told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from tokenlake.attribution.baggage import NAMES
from tokenlake.errors import BaggageError

HOSTS: Final = "TOKENLAKE_BAGGAGE_HOSTS"
KEYS: Final = "TOKENLAKE_BAGGAGE_KEYS"
RECEIVE: Final = "TOKENLAKE_BAGGAGE_RECEIVE"

_DEFAULT_KEYS: Final = ("session_id", "user_id", "channel")
_SWITCH: Final = {"1": True, "true": True, "on": True, "": False, "0": False, "false": False, "off": False}

# No lone `*`, and a star for whole labels only: what is too wide here tells a provider who its users are.
_HOST: Final = re.compile(r"(\*\.)?[\w-]+(\.[\w-]+)*|[\da-f.]*(:[\da-f.]*){2,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BaggageSettings:
    """What goes into the baggage of outgoing requests, and what is taken from that of incoming ones.

    Attributes:
        hosts: the hosts that our baggage is sent to, by name (`planner.example`), by the end of the name
            (`*.internal.example`) or by address; any port. None: nothing is sent.
        keys: the fields of `TokenTrackingContext` that are sent and taken.
        receive: whether baggage of incoming requests is believed. Only where strangers cannot send any.

    Raises:
        BaggageError: when a host or a key cannot be one.
    """

    hosts: tuple[str, ...] = ()
    keys: tuple[str, ...] = _DEFAULT_KEYS
    receive: bool = False

    def __post_init__(self) -> None:
        for host in self.hosts:
            if not _HOST.fullmatch(host):
                remedy = "write names without scheme and port, such as planner.example or *.internal.example"
                raise BaggageError(f"{HOSTS}: {host!r} is no host: {remedy}")
        for key in self.keys:
            if key not in NAMES:
                raise BaggageError(f"{KEYS}: {key!r} cannot be sent: choose from {', '.join(NAMES)}")

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> "BaggageSettings":
        """Read TOKENLAKE_BAGGAGE_HOSTS, _KEYS and _RECEIVE.

        Raises:
            BaggageError: when one of them has a value that cannot be meant.
        """
        switch = environ.get(RECEIVE, "").strip().lower()
        if switch not in _SWITCH:
            raise BaggageError(f"{RECEIVE}: {switch!r} is neither on nor off: write 1 or 0")
        keys = _list(environ.get(KEYS, ""))
        return cls(_list(environ.get(HOSTS, "")), keys or _DEFAULT_KEYS, _SWITCH[switch])

    @property
    def active(self) -> bool:
        """Whether anything is sent or received at all."""
        return self.receive or bool(self.hosts)

    def sends_to(self, host: str | None) -> bool:
        """Tell whether our baggage may go to this host; to one that is not known it may not."""
        name = (host or "").lower().rstrip(".")
        return any(fnmatchcase(name, pattern.lower()) for pattern in self.hosts)


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())
