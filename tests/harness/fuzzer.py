"""Damaged requests through a real ingest, and what became of them."""

from __future__ import annotations

import re
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from harness.damage import Sample, sample
from harness.otlp_json import REQUESTS
from tokenlake_collector.decode.records import decode
from tokenlake_collector.decode.schema import KEPT, PAIR, ROOTS, trimmed
from tokenlake_collector.errors import BadRequest
from tokenlake_collector.ingest import Accepted, Ingest
from tokenlake_collector.meters import Meters
from tokenlake_collector.receive.encodings import MediaType, to_wire
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger

GROUP = 50
"""Accepted requests that are stored together."""

WARM_UP = 20_000
"""Requests after which memory is looked at for the first time; until then allocators still take some."""

RENEW = 5000
"""Requests after which a new ledger is begun: what grows beyond is a leak, and not the table."""

_KEPT: dict[Signal, type[Message]] = {
    signal: GetMessageClass(trimmed(root, {**KEPT, **PAIR})) for signal, root in ROOTS.items()
}
_MOST = 2**53 * 8
"""Above what any row may hold: a count is at most 2**53 - 1, and a row adds up a few."""


@dataclass
class Findings:
    """What a run has seen. Crashes and wrong replies name the seed and the number that bring them back."""

    requests: int = 0
    bytes: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lax: int = 0
    strict: int = 0
    crashes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0
    slowest: str = ""
    growth_mib: float = 0.0

    def add(self, other: Findings) -> None:
        """Take over what another run has seen."""
        for name in ("requests", "bytes", "accepted", "refused", "lax", "strict", "crashes", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.slowest_ms > self.slowest_ms:
            self.slowest_ms, self.slowest = other.slowest_ms, other.slowest
        self.growth_mib = max(self.growth_mib, other.growth_mib)


class Fuzzer:
    """One run: requests `first`, `first + 1`, ... of a seed."""

    def __init__(self, seed: int) -> None:
        """Begin a ledger in memory."""
        self.seed = seed
        self.findings = Findings()
        self._begin_ledger()

    def run(self, requests: int, seconds: float = float("inf"), first: int = 0) -> Findings:
        """Send some requests, or as many as fit into some seconds."""
        end = time.monotonic() + seconds
        warm = 0.0
        for number in range(first, first + requests):
            self._one(number, sample(self.seed, number))
            done = number - first + 1
            if done % RENEW == 0:
                self._renew_ledger()
            if done == WARM_UP:
                warm = _resident_mib()
            if time.monotonic() > end:
                break
        self._renew_ledger()
        self.findings.growth_mib = _resident_mib() - warm if warm else 0.0
        return self.findings

    def _one(self, number: int, sent: Sample) -> None:
        self.findings.requests += 1
        self.findings.bytes += len(sent.body)
        place = f"seed {self.seed} number {number}: {sent.signal} {sent.media}, {sent.damage}"
        begun = time.perf_counter()
        wire, refusal = self._decoded(place, sent)
        self._note_time((time.perf_counter() - begun) * 1e3, place)
        if sent.media is MediaType.PROTOBUF:
            self._compare(place, sent, refusal)
        if wire is not None:
            self.findings.accepted += 1
            self._waiting[sent.signal].append((place, wire))
            if len(self._waiting[sent.signal]) == GROUP:
                self._store(sent.signal)

    def _decoded(self, place: str, sent: Sample) -> tuple[bytes | None, str]:
        """Return the protobuf bytes of a request that can be decoded, else why it cannot."""
        try:
            wire = to_wire(sent.signal, sent.media, sent.body)
            decode(sent.signal, [wire])
        except BadRequest as error:
            self.findings.refused[_reason(str(error))] += 1
            return None, str(error)
        except BaseException as error:  # noqa: BLE001 - a Rust panic is no Exception
            self.findings.crashes.append(f"{place}: {_last_lines(error)}")
            return None, "crash"
        return wire, ""

    def _compare(self, place: str, sent: Sample, refusal: str) -> None:
        """Hold the answer against protobuf's own parser, with all fields and with those that are read.

        That one does not look for fields of number 0, which are illegal, inside a group that nobody knows.
        """
        if not refusal:
            self.findings.lax += not _reads(_KEPT[sent.signal], sent.body)
        elif not _reads(REQUESTS[sent.signal], sent.body):
            return
        elif "invalid field number 0" in refusal:
            self.findings.strict += 1
        else:
            self.findings.wrong.append(f"{place}: refused, though protobuf reads it")

    def _store(self, signal: Signal) -> None:
        group, self._waiting[signal] = self._waiting[signal], []
        wires = [wire for _, wire in group]
        try:
            begun = time.perf_counter()
            outcomes = self._ingest.process(signal, wires)
            self._note_time((time.perf_counter() - begun) * 1e3 / len(group), f"the group at {group[0][0]}")
        except BaseException:  # noqa: BLE001 - whatever it is, it is found and reported
            if len(group) > 1:
                for one in group:
                    self._waiting[signal] = [one]
                    self._store(signal)
            else:
                self.findings.crashes.append(f"{group[0][0]}: {traceback.format_exc(limit=-3)}")
            return
        for (place, _), outcome in zip(group, outcomes, strict=True):
            if not isinstance(outcome, Accepted):
                self.findings.wrong.append(f"{place}: decoded, then {outcome!r}")

    def _note_time(self, milliseconds: float, place: str) -> None:
        if milliseconds > self.findings.slowest_ms:
            self.findings.slowest_ms, self.findings.slowest = milliseconds, place

    def _begin_ledger(self) -> None:
        self._ledger = Ledger.open(":memory:")
        self._ingest = Ingest(self._ledger, Meters())
        self._waiting: dict[Signal, list[tuple[str, bytes]]] = {signal: [] for signal in Signal}

    def _renew_ledger(self) -> None:
        """Store what waits, look at the counts, and begin a new ledger."""
        for signal, waiting in self._waiting.items():
            if waiting:
                self._store(signal)
        with self._ledger.cursor() as cursor:
            odd = cursor.execute(_ODD_COUNTS).fetchall()
        self.findings.wrong += [f"seed {self.seed}: a row with odd counts: {row}" for row in odd]
        self._ledger.close()
        self._begin_ledger()


_ODD_COUNTS = f"""
    SELECT id, input_tokens, output_tokens FROM token_usage
    WHERE least(input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, reasoning_tokens) < 0
        OR greatest(input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens) > {_MOST}
"""


def _reads(message: type[Any], body: bytes) -> bool:
    try:
        message.FromString(body)
    except DecodeError:
        return False
    return True


def _reason(message: str) -> str:
    """Return the beginning of a message, without what differs from request to request."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "", message.rsplit(" export request in ", maxsplit=1)[-1])
    return re.sub(r"\s+", " ", re.split(r"\d|\\|\(", text)[0]).strip(" :")


def _last_lines(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)[-3:])


def _resident_mib() -> float:
    """Return the memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20
