"""Protobuf's wire format by hand, for what no encoder would write."""

from __future__ import annotations


def varint(number: int) -> bytes:
    """Return a number below 2**64 in groups of seven bits, the lowest first."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])


def field(number: int, body: bytes) -> bytes:
    """Return a length-delimited field: text, bytes or a message."""
    return varint(number << 3 | 2) + varint(len(body)) + body


def deep_value(levels: int) -> bytes:
    """Return an AnyValue that is a list of a list of a list ... of nothing."""
    value = b""
    for _ in range(levels):
        value = field(5, field(1, value))
    return value


def with_attribute(record: str, value: bytes) -> bytes:
    """Return a request of one record with the attribute `key`; `value` is its encoded AnyValue.

    `record` is the signal: the three have their attributes at different places.
    """
    pair = field(1, b"key") + field(2, value)
    # Resource, scope, record; of metrics also the sum and its point.
    outer, attributes = {"traces": ((1, 2, 2), 9), "logs": ((1, 2, 2), 6), "metrics": ((1, 2, 2, 7, 1), 7)}[
        record
    ]
    message = field(attributes, pair)
    if record == "traces":
        message = field(1, b"t" * 16) + field(2, b"s" * 8) + message
    for number in reversed(outer):
        message = field(number, message)
    return message
