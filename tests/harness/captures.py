"""The recorded export requests of real instrumentations, with the totals that are true of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenlake_collector.decode.otlp_json import to_protobuf
from tokenlake_collector.signals import Signal

CAPTURES = Path(__file__).parents[1] / "data" / "captures"


@dataclass(frozen=True)
class Request:
    """One recorded body: protobuf bytes, whatever it was recorded as."""

    signal: Signal
    payload: bytes


@dataclass(frozen=True)
class Case:
    """One recorded application run."""

    name: str
    truth: dict[str, Any]

    @property
    def requests(self) -> list[Request]:
        """All bodies in the order in which they were sent."""
        paths = sorted(path for path in (CAPTURES / self.name).iterdir() if path.name != "truth.json")
        return [_read(path) for path in paths]

    @property
    def traces(self) -> list[bytes]:
        """The bodies that hold spans."""
        return [request.payload for request in self.requests if request.signal is Signal.TRACES]

    @property
    def totals(self) -> dict[str, int]:
        """Calls (successful ones), errors and tokens, under the names of the table's columns."""
        renamed = {"input_tokens_total": "input_tokens"}
        return {renamed.get(name, name): value for name, value in self.truth["totals"].items()}


def case(name: str) -> Case:
    """Return one recorded run by its folder's name."""
    return Case(name, json.loads((CAPTURES / name / "truth.json").read_text(encoding="utf-8")))


def cases() -> list[Case]:
    """Return all recorded runs."""
    return [case(path.name) for path in sorted(CAPTURES.iterdir()) if path.is_dir()]


def _read(path: Path) -> Request:
    signal = Signal(path.stem.split("-")[1])
    payload = path.read_bytes()
    return Request(signal, to_protobuf(signal, payload) if path.suffix == ".json" else payload)
