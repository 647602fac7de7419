"""What opentelemetry-proto's own classes say of trace requests, in the shape of decoded records."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from tokenlake_collector.decode.records import Attributes, Records

FIELDS = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "name",
    "kind",
    "start_time_unix_nano",
    "end_time_unix_nano",
)


def expected(payloads: Sequence[bytes]) -> dict[str, list[Any]]:
    """Walk the messages of several requests and return every column as a list."""
    found: dict[str, list[Any]] = {name: [] for name in (*FIELDS, "status", "request", "resource", "scope")}
    found |= {"attributes": [], "resource_attributes": [], "scopes": []}
    resources = scopes = 0
    for request, payload in enumerate(payloads):
        for resource_spans in ExportTraceServiceRequest.FromString(payload).resource_spans:
            found["resource_attributes"] += _pairs(resources, resource_spans.resource.attributes)
            for scope_spans in resource_spans.scope_spans:
                found["scopes"].append((scope_spans.scope.name, scope_spans.scope.version))
                for span in scope_spans.spans:
                    found["attributes"] += _pairs(len(found["status"]), span.attributes)
                    found["status"].append(int(span.status.code))
                    for name in FIELDS:
                        found[name].append(getattr(span, name))
                    found["name"][-1] = span.name.encode()
                    found["request"].append(request)
                    found["resource"].append(resources)
                    found["scope"].append(scopes)
                scopes += 1
            resources += 1
    return found


def actual(records: Records) -> dict[str, list[Any]]:
    """Return the same of decoded records."""
    status = records.fields.field("status").field("code").fill_null(0).to_pylist()
    names, versions = (records.scopes.field(name).to_pylist() for name in ("name", "version"))
    return {
        **{name: records.fields.field(name).to_pylist() for name in FIELDS},
        "status": status,
        "request": records.request.tolist(),
        "resource": records.resource.tolist(),
        "scope": records.scope.tolist(),
        "scopes": [(name or "", version or "") for name, version in zip(names, versions, strict=True)],
        "attributes": _rows(records.attributes),
        "resource_attributes": _rows(records.resource_attributes),
    }


def _pairs(owner: int, attributes: Iterable[KeyValue]) -> list[tuple[int, str, Any]]:
    return [(owner, pair.key, _value(pair.value)) for pair in attributes]


def _value(value: AnyValue) -> Any:
    """Return the kind of a value and the value; bytes are not kept, so they are like no value."""
    kind = value.WhichOneof("value")
    return None if kind in (None, "bytes_value") else (kind, _comparable(getattr(value, kind)))


def _rows(attributes: Attributes) -> list[tuple[int, str, Any]]:
    values = [_decoded(value) for value in attributes.values.to_pylist()]
    pairs = list(zip(attributes.keys.to_pylist(), values, strict=True))
    owners = zip(attributes.owner.tolist(), attributes.pair.tolist(), strict=True)
    return [(owner, *pairs[pair]) for owner, pair in owners]


def _decoded(value: dict[str, Any] | None) -> Any:
    set_kinds = [(kind, content) for kind, content in (value or {}).items() if content is not None]
    assert len(set_kinds) <= 1, value
    for kind, content in set_kinds:
        if kind == "array_value":
            return kind, _comparable(ArrayValue.FromString(content))
        if kind == "kvlist_value":
            return kind, _comparable(KeyValueList.FromString(content))
        return kind, _comparable(content)
    return None


def _comparable(content: Any) -> Any:
    """NaN is not equal to itself, and -0.0 is equal to 0.0: compare doubles and messages by their bytes."""
    if isinstance(content, float):
        return struct.pack(">d", content)
    if isinstance(content, ArrayValue | KeyValueList):
        return content.SerializeToString(deterministic=True)
    return content
