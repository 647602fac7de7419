"""Damaged recorded requests, of all signals and in both encodings: refused or stored, and nothing else."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from harness.damage import recorded, sample
from harness.fuzzer import Findings, Fuzzer
from tokenlake_collector.decode.records import decode
from tokenlake_collector.errors import BadRequest
from tokenlake_collector.receive.encodings import MediaType
from tokenlake_collector.signals import Signal

SEED = 20_260_528
REQUESTS = 4000
SECONDS = 30.0
"""Where the machine is slow, fewer requests are tried; `chaos/fuzz.py` tries a million."""


@pytest.fixture(scope="module")
def findings() -> Findings:
    """What a short run has seen."""
    return Fuzzer(SEED).run(REQUESTS, SECONDS)


def test_nothing_that_is_sent_raises_anything_but_a_refusal(findings: Findings) -> None:
    """Each is decoded, or refused as BadRequest; what was decoded is stored."""
    assert [] == findings.crashes


def test_nothing_that_protobuf_reads_is_refused(findings: Findings) -> None:
    """Nor is anything refused at storing that was taken at decoding, nor a count beyond all reason stored."""
    assert [] == findings.wrong


def test_a_field_of_number_0_in_an_unknown_group_is_refused() -> None:
    """The one thing that protobuf's own parser takes and the collector does not: numbers start at 1."""
    group = b"\x7b\x00\x01\x7c"

    assert group == ExportMetricsServiceRequest.FromString(group).SerializeToString()
    with pytest.raises(BadRequest, match="field number 0"):
        decode(Signal.METRICS, [group])


def test_nothing_takes_long(findings: Findings) -> None:
    """The slowest of all takes less than a second: no input makes the decoder loop."""
    assert findings.slowest_ms < 1000, findings.slowest


def test_the_damage_is_neither_too_small_nor_too_large(findings: Findings) -> None:
    """Both answers are met often, or the run has proved nothing."""
    refused = sum(findings.refused.values())

    assert findings.requests == findings.accepted + refused
    assert min(findings.accepted, refused) > findings.requests / 10


def test_every_signal_has_recordings_in_both_encodings() -> None:
    """Nothing is left out silently."""
    assert {(signal, media) for signal in Signal for media in MediaType} == set(recorded())


def test_a_damaged_request_can_be_made_again() -> None:
    """A seed and a number are all that is needed to look at a finding."""
    assert sample(3, 14) == sample(3, 14) != sample(3, 15)


def test_findings_of_several_runs_add_up() -> None:
    """Numbers are added, the slowest and the largest growth win."""
    one = Findings(2, 20, 1, Counter(a=1), 1, 0, ["c"], [], 5.0, "here", 1.0)
    other = Findings(3, 30, 1, Counter(a=1, b=1), 0, 1, [], ["w"], 9.0, "there", 0.5)
    one.add(other)

    expected = (5, 50, 2, {"a": 2, "b": 1}, 1, 1, ["c"], ["w"], 9.0, "there", 1.0)
    assert expected == tuple(getattr(one, field.name) for field in dataclasses.fields(one))
