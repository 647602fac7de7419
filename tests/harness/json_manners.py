"""What a sender of OTLP/JSON may do, and what it is told."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from harness.manners import LIMIT, MALFORMED, MARK, TAKEN, TOO_LARGE, Codes, Manner, good
from harness.otlp import NOON_NS
from harness.otlp_json import as_json
from tokenlake_collector.signals import Signal

_SPANS = (Signal.TRACES,)
_ENUMS = (Signal.TRACES, Signal.METRICS)
_LIST = {Signal.TRACES: "resourceSpans", Signal.LOGS: "resourceLogs", Signal.METRICS: "resourceMetrics"}
_ENUM = {Signal.TRACES: '"kind": 1', Signal.METRICS: '"aggregationTemporality": 1'}
_NOTHING = '{"arrayValue": {"values": [' * 200 + "]}}" * 200


def _good(signal: Signal) -> bytes:
    return as_json(signal, good(signal))


def _replaced(old: str, new: str, signal: Signal) -> bytes:
    """Return a good request with one piece of its text changed."""
    text = _good(signal).decode()
    assert old in text, text
    return text.replace(old, new).encode()


def _enum(text: str, signal: Signal) -> bytes:
    old = _ENUM[signal]
    return _replaced(old, old.replace("1", text), signal)


def _newer(signal: Signal) -> bytes:
    """Return a good request with keys that no message has, with all kinds of values."""
    newer: dict[str, Any] = {"newer": {"spanId": [5, {"traceId": None}]}, "new": [[]]}
    request = json.loads(_good(signal))
    request[_LIST[signal]][0] |= newer
    return json.dumps(request | newer).encode()


def _value(text: str, codes: Codes, says: str = "") -> Manner:
    """A good request with another attribute value."""
    old = json.dumps({"stringValue": MARK})
    return Manner(f"the value {text}", partial(_replaced, old, text), codes, says)


def _time(text: str, codes: Codes) -> Manner:
    return Manner(f"the time {text}", partial(_replaced, f'"{NOON_NS}"', text), codes)


def _kind(text: str, codes: Codes) -> Manner:
    return Manner(f"the enum {text}", partial(_enum, text), codes, signals=_ENUMS)


def _trace_id(text: str, codes: Codes, says: str = "", rejected: int | None = None) -> Manner:
    """A good span with another trace id; its own is 1."""
    body = partial(_replaced, f'"traceId": "{1:032x}"', f'"traceId": {text}')
    return Manner(f"the trace id {text}", body, codes, says, rejected, _SPANS)


JSON_MANNERS = (
    Manner("a request", _good, TAKEN),
    Manner("an empty object", lambda _: b"{}", TAKEN),
    Manner("null for a list", lambda signal: json.dumps({_LIST[signal]: None}).encode(), TAKEN),
    Manner("keys of a newer version", _newer, TAKEN),
    Manner("a byte order mark before it", lambda signal: b"\xef\xbb\xbf" + _good(signal), TAKEN),
    Manner("no bytes at all", lambda _: b"", MALFORMED, "in JSON"),
    Manner("bytes that end early", lambda signal: _good(signal)[:-1], MALFORMED, "in JSON"),
    Manner("protobuf", good, MALFORMED, "in JSON"),
    Manner("an array", lambda _: b"[]", MALFORMED, "must be an object, not list"),
    Manner("a list that is none", lambda signal: json.dumps({_LIST[signal]: 1}).encode(), MALFORMED, "array"),
    Manner("UTF-16", lambda signal: _good(signal).decode().encode("utf-16"), MALFORMED, "utf-8"),
    Manner("text that is no UTF-8", lambda _: b'{"a": "\xff"}', MALFORMED, "utf-8"),
    Manner("100,000 arrays inside each other", lambda _: b"[" * 100_000, MALFORMED, "depth"),
    Manner("more than the limit", lambda _: b" " * (LIMIT + 1), TOO_LARGE),
    _value('{"intValue": "9223372036854775807"}', TAKEN),
    _value('{"intValue": -5}', TAKEN),
    _value('{"intValue": 5.0}', TAKEN),
    _value('{"intValue": 5.5}', MALFORMED, "intValue: must be an integer"),
    _value('{"intValue": 9223372036854775808}', MALFORMED, "out of range"),
    _value('{"intValue": "1_0"}', MALFORMED, "intValue: must be a number"),
    _value('{"intValue": true}', MALFORMED, "not bool"),
    _value('{"doubleValue": "NaN"}', TAKEN),
    _value('{"doubleValue": "-Infinity"}', TAKEN),
    _value('{"doubleValue": NaN}', MALFORMED, 'NaN is no JSON: write "NaN"'),
    _value('{"doubleValue": "inf"}', MALFORMED, "doubleValue: must be a number"),
    _value('{"doubleValue": 1e400}', MALFORMED, "larger than a double"),
    _value('{"boolValue": 1}', MALFORMED, "boolValue: must be true or false"),
    _value('{"stringValue": 5}', MALFORMED, "stringValue: must be a string"),
    _value(r'{"stringValue": "\ud800"}', MALFORMED, "surrogates"),
    _value('{"bytesValue": "AP8="}', TAKEN),
    _value('{"bytesValue": "?"}', MALFORMED, "bytesValue"),
    _value("{}", TAKEN),
    _value('{"string_value": "a"}', TAKEN),
    _value('{"stringValue": "a", "stringValue": "b"}', TAKEN),
    _value('{"stringValue": "a", "string_value": "b"}', MALFORMED, "two values"),
    _value('{"stringValue": "a", "intValue": 1}', MALFORMED, "two values"),
    Manner(
        "a value that is 200 lists deep",
        partial(_replaced, json.dumps({"stringValue": MARK}), _NOTHING),
        MALFORMED,
        "inside each other",
    ),
    _time(f"{NOON_NS}", TAKEN),
    _time('"0"', TAKEN),
    _time('"18446744073709551615"', TAKEN),
    _time("18446744073709551616", MALFORMED),
    _time("-1", MALFORMED),
    _time("1e30", MALFORMED),
    _kind("2", TAKEN),
    _kind("77", TAKEN),
    _kind('"NO_SUCH_NAME"', MALFORMED),
    _kind("1.5", MALFORMED),
    Manner('the enum "SPAN_KIND_CLIENT"', partial(_enum, '"SPAN_KIND_CLIENT"'), TAKEN, signals=_SPANS),
    _trace_id('"5B8EFFF798038103d269b633813fc60c"', TAKEN),
    _trace_id('"5b8efff798038103d269b633813fc6"', TAKEN, "16 bytes", 1),
    _trace_id(f'"{"0" * 32}"', TAKEN, "16 bytes", 1),
    _trace_id('"5b8efff798038103d269b633813fc60"', MALFORMED, "two a byte"),
    _trace_id('"W47/95gDgQPSabYzgT/GDA=="', MALFORMED, "hexadecimal"),
    _trace_id("5", MALFORMED, "hexadecimal"),
)
