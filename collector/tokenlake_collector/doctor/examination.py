"""The checks, in their order, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tokenlake_collector.doctor.configuration import is_closed, is_switched_on, sends_everything, sends_here
from tokenlake_collector.doctor.content import is_priced
from tokenlake_collector.doctor.deliveries import over_grpc, over_http_json, over_http_protobuf
from tokenlake_collector.doctor.errors import Ailment
from tokenlake_collector.doctor.health import answers, clocks_agree, has_room, same_version, stores
from tokenlake_collector.doctor.site import Site


class State(StrEnum):
    """How a check ended."""

    GOOD = "good"
    WRONG = "wrong"
    SKIPPED = "skipped"


class Check(NamedTuple):
    """One question; `look` returns what it found and raises an Ailment when that is wrong."""

    name: str
    look: Callable[[Site], str]
    needs_collector: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and how to mend it where it is wrong."""

    check: str
    state: State
    found: str
    remedy: str = ""


FIRST = Check("collector", answers)
CHECKS = (
    FIRST,
    Check("storage", stores),
    Check("version", same_version),
    Check("clock", clocks_agree),
    Check("disk", has_room),
    Check("OTLP/gRPC", over_grpc),
    Check("OTLP/HTTP protobuf", over_http_protobuf),
    Check("OTLP/HTTP JSON", over_http_json),
    Check("prices", is_priced),
    Check("access", is_closed),
    Check("switches", is_switched_on, needs_collector=False),
    Check("sampler", sends_everything, needs_collector=False),
    Check("endpoint", sends_here, needs_collector=False),
)


def examine(site: Site) -> list[Finding]:
    """Make every check; without a collector, those that need none."""
    findings = [_found(FIRST, site)]
    runs = findings[0].state is State.GOOD
    for check in CHECKS[1:]:
        if runs or not check.needs_collector:
            findings.append(_found(check, site))
        else:
            findings.append(Finding(check.name, State.SKIPPED, "there is no collector to ask"))
    return findings


def _found(check: Check, site: Site) -> Finding:
    try:
        return Finding(check.name, State.GOOD, check.look(site))
    except Ailment as error:
        return Finding(check.name, State.WRONG, error.found, error.remedy)
    except (LookupError, TypeError, ValueError) as error:
        found = f"what answers at {site.url} cannot be understood ({error!r})"
        return Finding(check.name, State.WRONG, found, "is it a tokenlake collector of this version?")
