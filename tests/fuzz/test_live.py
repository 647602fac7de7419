"""Damaged requests at a running collector: the codes over HTTP are those of the parts below."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import httpx
import pytest

from harness.collector_process import CollectorProcess, running_collector
from harness.damage import Sample, sample
from tokenlake_collector.decode.records import decode
from tokenlake_collector.errors import BadRequest
from tokenlake_collector.receive.encodings import to_wire

SEED = 4317
REQUESTS = 300


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    """One collector for all requests."""
    with running_collector(tmp_path_factory.mktemp("ledger") / "usage.duckdb") as running:
        yield running


def code_of(sent: Sample) -> int:
    """Return what a request must be answered."""
    try:
        decode(sent.signal, [to_wire(sent.signal, sent.media, sent.body)])
    except BadRequest:
        return 400
    return 200


def test_damaged_requests_get_200_or_400_over_one_connection(collector: CollectorProcess) -> None:
    """Never a 5xx, which would make the sender come again with the same bytes for ever."""
    connection = http.client.HTTPConnection(collector.http.removeprefix("http://"), timeout=30)
    wrong = []
    for number in range(REQUESTS):
        sent = sample(SEED, number)
        connection.request("POST", f"/v1/{sent.signal}", sent.body, {"Content-Type": sent.media.value})
        reply = connection.getresponse()
        reply.read()
        if reply.status != code_of(sent):
            wrong.append((number, reply.status))
    connection.close()

    assert [] == wrong
    assert 200 == httpx.get(f"{collector.http}/readyz").status_code
