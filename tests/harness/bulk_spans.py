"""Many spans fast: one span is serialised once, then its ids and times are replaced in its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from harness.otlp import SpanSpec, key_values

_TRACE, _SPAN, _PARENT = 0x5A_F1 << 112 | 1, 0x5A_F2 << 48 | 1, 0x5A_F3 << 48 | 1
_START_NS, _DURATION_NS = 0x5A_F4_F5_F6_F7_F8_F9_FA, 1_000_000_000


class SpanMold:
    """Spans that differ in their ids and times only; each lasts `duration_ns`."""

    def __init__(
        self,
        attributes: Mapping[str, Any],
        *,
        child: bool = False,
        kind: int = 3,
        duration_ns: int = _DURATION_NS,
    ) -> None:
        self._duration_ns = duration_ns
        parent = _PARENT if child else 0
        spec = SpanSpec(attributes, _SPAN, _TRACE, parent, _START_NS, duration_ns, kind)
        marks = _values(_TRACE, _SPAN, parent, _START_NS, _START_NS + duration_ns)
        pattern = b"|".join(re.escape(mark) for mark in marks)
        self._parts = re.split(pattern, spec.message().SerializeToString())
        assert len(marks) + 1 == len(self._parts)

    def span(self, trace_id: int, span_id: int, start_ns: int, parent_id: int = 0) -> bytes:
        """Return one serialised span; a child needs a parent's id."""
        values = _values(trace_id, span_id, parent_id, start_ns, start_ns + self._duration_ns)
        return b"".join(chain.from_iterable(zip(self._parts, values, strict=False))) + self._parts[-1]


def request_of(spans: Iterable[bytes], service: str = "bulk") -> bytes:
    """Return an export request that holds serialised spans under one resource and one scope."""
    resource = Resource(attributes=key_values({"service.name": service})).SerializeToString()
    scope = b"".join(_field(2, span) for span in spans)
    return _field(1, _field(1, resource) + _field(2, scope))


def _values(trace_id: int, span_id: int, parent_id: int, start_ns: int, end_ns: int) -> list[bytes]:
    parent = [parent_id.to_bytes(8, "big")] if parent_id else []
    ids = [trace_id.to_bytes(16, "big"), span_id.to_bytes(8, "big"), *parent]
    return [*ids, start_ns.to_bytes(8, "little"), end_ns.to_bytes(8, "little")]


def _field(number: int, payload: bytes) -> bytes:
    """Return a length-delimited protobuf field."""
    return bytes([number << 3 | 2]) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])
