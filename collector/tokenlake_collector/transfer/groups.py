"""Messages put together: requests of one signal that follow each other share a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from tokenlake_collector.ingest import Accepted, Outcome
from tokenlake_collector.limits import MIB
from tokenlake_collector.signals import Signal
from tokenlake_collector.transfer.messages import Message, Problem

GROUP_BYTES = 4 * MIB
"""Of one transaction: half of what a collector puts into one, which shares its memory with nobody here."""

Send: TypeAlias = Callable[[Signal, Sequence[bytes]], Sequence[Outcome]]
"""Makes requests of one signal durable, and tells what became of each."""


def import_messages(found: Iterable[Message | Problem], send: Send) -> Iterator[int | Problem]:
    """Send messages on; yield how many were taken, group by group, and each problem."""
    for group in _groups(found):
        if isinstance(group, Problem):
            yield group
            continue
        outcomes = send(group[0].signal, [message.payload for message in group])
        problems = list(_problems(group, outcomes))
        yield from problems
        yield sum(isinstance(outcome, Accepted) for outcome in outcomes)


def _groups(found: Iterable[Message | Problem]) -> Iterator[list[Message] | Problem]:
    group: list[Message] = []
    size = 0
    for one in found:
        if isinstance(one, Problem):
            yield one
            continue
        if group and (one.signal is not group[0].signal or size + len(one.payload) > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(one)
        size += len(one.payload)
    if group:
        yield group


def _problems(group: Sequence[Message], outcomes: Sequence[Outcome]) -> Iterator[Problem]:
    for message, outcome in zip(group, outcomes, strict=True):
        if not isinstance(outcome, Accepted):
            yield Problem(message.place, str(outcome))
        elif outcome.refused:
            yield Problem(message.place, f"{outcome.refused} records rejected: {outcome.message}")
