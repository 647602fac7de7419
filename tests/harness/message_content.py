"""What people and models said to each other, as recorded requests carry it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from harness.captures import Request
from tokenlake_collector.signals import Signal

_REQUESTS: dict[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
}
_SPOKEN = re.compile(r"messages?$|prompt|completion|content|(in|out)put\.value|\.(input|output)$|arguments")
_SHORTEST = 20


def spoken_texts(request: Request) -> set[str]:
    """Return the texts of a recorded request whose attribute's name says content, and bodies of logs.

    Texts without a space are left out: the body of an agent's log record is the name of its event.
    """
    if request.signal not in _REQUESTS:
        return set()
    message: Any = _REQUESTS[request.signal].FromString(request.payload)
    return {text for text in _texts(message) if len(text) >= _SHORTEST and " " in text}


def _texts(message: Any) -> Iterator[str]:
    for field, value in message.ListFields():
        parts = value if field.is_repeated else [value]
        for part in parts if field.message_type else ():
            if field.name == "body" or (field.name == "attributes" and _SPOKEN.search(part.key)):
                yield from _strings(part if field.name == "body" else part.value)
            else:
                yield from _texts(part)


def _strings(value: AnyValue) -> Iterator[str]:
    if value.HasField("string_value"):
        yield value.string_value
    for item in value.array_value.values:
        yield from _strings(item)
    for pair in value.kvlist_value.values:
        yield from _strings(pair.value)
