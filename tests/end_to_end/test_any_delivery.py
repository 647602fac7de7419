"""The table is a function of the set of spans received, not of how they came."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import grpc
import httpx
import pytest
import zstandard
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from harness.batching import merged, one_span_each
from harness.captures import case, cases
from harness.collector_process import CollectorProcess, running_collector
from harness.hex_ids import hex_ids
from harness.table import Table, contents, table_after
from tokenlake_collector.storage.ledger import Ledger

NAMES = [recorded.name for recorded in cases() if recorded.traces]


@cache
def spans_of(name: str) -> list[bytes]:
    return [single for payload in case(name).traces for single in one_span_each(payload)]


@cache
def table_of(name: str) -> Table:
    return table_after(case(name).traces)


@given(st.data())
def test_order_batches_and_duplicates_do_not_matter(data: st.DataObject) -> None:
    """Any permutation of the spans, some sent again, in any batches and transactions, gives the same rows."""
    name = data.draw(st.sampled_from(NAMES))
    spans = spans_of(name)
    again = data.draw(st.lists(st.sampled_from(spans), max_size=5))
    left = list(data.draw(st.permutations(spans + again)))
    groups = []
    while left:
        size = data.draw(st.integers(1, 6))
        request = merged(left[:size])
        groups.append([request, *left[size : size + 2]])
        left = left[size + 2 :]

    assert table_of(name) == table_after(*groups)


def over_grpc(collector: CollectorProcess, payload: bytes) -> None:
    with grpc.insecure_channel(collector.grpc) as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        )
        assert export(payload, timeout=30) == b""


def over_grpc_gzip(collector: CollectorProcess, payload: bytes) -> None:
    with grpc.insecure_channel(collector.grpc, compression=grpc.Compression.Gzip) as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        )
        assert export(payload, timeout=30) == b""


def _post(collector: CollectorProcess, body: bytes, media: str, encoding: str) -> None:
    reply = httpx.post(
        f"{collector.http}/v1/traces",
        content=body,
        headers={"Content-Type": media, "Content-Encoding": encoding},
    )
    assert (200, media) == (reply.status_code, reply.headers["content-type"])


def over_http(collector: CollectorProcess, payload: bytes) -> None:
    _post(collector, payload, "application/x-protobuf", "identity")


def over_http_gzip(collector: CollectorProcess, payload: bytes) -> None:
    _post(collector, gzip.compress(payload), "application/x-protobuf", "gzip")


def over_http_zstd(collector: CollectorProcess, payload: bytes) -> None:
    _post(collector, zstandard.compress(payload), "application/x-protobuf", "zstd")


def over_http_json(collector: CollectorProcess, payload: bytes) -> None:
    message = ExportTraceServiceRequest.FromString(payload)
    tree = hex_ids(json_format.MessageToDict(message, use_integers_for_enums=True))
    _post(collector, json.dumps(tree).encode(), "application/json", "identity")


SENDERS = [over_grpc, over_grpc_gzip, over_http, over_http_gzip, over_http_zstd, over_http_json]


@pytest.mark.parametrize("send", SENDERS)
def test_the_transport_does_not_matter(
    send: Callable[[CollectorProcess, bytes], None], tmp_path: Path
) -> None:
    """Every capture, sent over one transport to a real collector, gives the rows that decoding it gives."""
    db = tmp_path / "usage.duckdb"
    payloads = [payload for name in NAMES for payload in case(name).traces]
    with running_collector(db) as collector:
        for payload in payloads:
            send(collector, payload)
        assert 0 == collector.stop()
    ledger = Ledger.open(db)
    found = contents(ledger)
    ledger.close()

    assert table_after(payloads) == found
