"""Damage to recorded requests: what broken senders, networks and attackers do to bytes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from harness.captures import cases
from harness.otlp_json import as_json
from harness.wire import deep_value, field, varint
from tokenlake_collector.receive.encodings import MediaType
from tokenlake_collector.signals import Signal


@dataclass(frozen=True)
class Sample:
    """A body as it may be posted, and what was done to it."""

    signal: Signal
    media: MediaType
    body: bytes
    damage: str = "none"


Damage = Callable[[bytes, random.Random, Sequence[bytes]], bytes]


@cache
def recorded() -> Mapping[tuple[Signal, MediaType], Sequence[bytes]]:
    """Return the recorded requests of every signal, in both encodings."""
    requests = [request for case in cases() for request in case.requests]
    found: dict[tuple[Signal, MediaType], list[bytes]] = {}
    for request in requests:
        found.setdefault((request.signal, MediaType.PROTOBUF), []).append(request.payload)
        text = as_json(request.signal, request.payload)
        found.setdefault((request.signal, MediaType.JSON), []).append(text)
    return found


def sample(seed: int, number: int) -> Sample:
    """Return one damaged request; the same seed and number always give the same one."""
    dice = random.Random(f"{seed}/{number}")  # noqa: S311 - damage, not secrets
    kinds = recorded()
    signal, media = dice.choice(list(kinds))
    bodies = kinds[signal, media]
    damages = _JSON_DAMAGES if media is MediaType.JSON else _WIRE_DAMAGES
    damage = dice.choice(damages)
    body = damage(dice.choice(bodies), dice, bodies)
    return Sample(signal, media, body, damage.__name__.strip("_"))


def _flipped(body: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    damaged = bytearray(body)
    for _number in range(dice.choice((1, 1, 1, 2, 8))):
        damaged[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def _truncated(body: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    return body[: dice.randrange(len(body))]


def _shortened(body: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    start = dice.randrange(len(body))
    return body[:start] + body[start + dice.randint(1, 16) :]


def _overwritten(body: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    start, size = dice.randrange(len(body)), dice.randint(1, 8)
    return body[:start] + dice.randbytes(size) + body[start + size :]


def _spliced(body: bytes, dice: random.Random, others: Sequence[bytes]) -> bytes:
    """The head of one request and the tail of another."""
    other = dice.choice(others)
    return body[: dice.randrange(len(body))] + other[dice.randrange(len(other)) :]


def _repeated(body: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    start = dice.randrange(len(body))
    end = start + dice.randint(1, 200)
    return body[:end] + body[start:end] * dice.randint(1, 5) + body[end:]


def _lengthened(body: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    """An absurd number in the place of one byte, which may be a length or a tag."""
    start = dice.randrange(len(body))
    number = dice.choice((0, 127, 128, 2**28, 2**31, 2**32 - 1, 2**63, 2**64 - dice.randint(1, 20)))
    return body[:start] + varint(number) + body[start + 1 :]


def _claimed(body: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    """A known field at the end that claims to be longer than everything."""
    tag = varint(dice.randint(1, 20) << 3 | 2)
    return body + tag + varint(2 ** dice.randint(7, 64) - dice.randint(1, 20)) + body[:20]


def _nested(body: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    """The request inside a field of another one, or a very deep value beside it."""
    if dice.random() < 0.5:
        return field(dice.randint(1, 12), body)
    return body + field(dice.randint(1, 3), deep_value(dice.randint(1, 300)))


_TOKEN = re.compile(rb'"[^"\\]*"|-?\d+(?:\.\d+)?|true|false|null')
_ODD_TOKENS = (
    b"null",
    b"[]",
    b"{}",
    b"true",
    b"-1",
    b"1.5",
    b"1e400",
    b"18446744073709551615",
    b"18446744073709551616",
    b'"NaN"',
    b"NaN",
    b'"-9223372036854775808"',
    b'""',
    b'"\\ud800"',
    b'"\\u0000"',
    b"[[[[[[[[]]]]]]]]",
    b'{"values": [{"arrayValue": {}}]}',
    b'"' + b"9" * 5000 + b'"',
)


def _odd_token(body: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    """A key or a value replaced by one that does not belong there."""
    tokens = list(_TOKEN.finditer(body))
    token = dice.choice(tokens)
    return body[: token.start()] + dice.choice(_ODD_TOKENS) + body[token.end() :]


def _deepened(body: bytes, dice: random.Random, _: Sequence[bytes]) -> bytes:
    start, depth = dice.randrange(len(body)), dice.choice((10, 200, 5000))
    return body[:start] + dice.choice((b"[", b'{"a":', b'{"arrayValue":{"values":[')) * depth + body[start:]


_ANY_DAMAGES: tuple[Damage, ...] = (_flipped, _truncated, _shortened, _overwritten, _spliced, _repeated)
_WIRE_DAMAGES: tuple[Damage, ...] = (*_ANY_DAMAGES, _lengthened, _lengthened, _claimed, _nested)
_JSON_DAMAGES: tuple[Damage, ...] = (*_ANY_DAMAGES, _odd_token, _odd_token, _odd_token, _deepened)
