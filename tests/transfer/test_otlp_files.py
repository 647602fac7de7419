"""Files of OTLP are imported as if they were received, whatever way they were written in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.captures import Request, cases
from harness.importing import import_file
from harness.otlp import SpanSpec, trace_bytes
from harness.otlp_files import FILES, behind_lengths, json_lines, protobuf
from harness.table import contents, store_recorded, totals
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.transfer.message_signal import signal_of

REQUESTS = [request for case in cases() for request in case.requests]
CALL = Request(Signal.TRACES, trace_bytes(SpanSpec()))


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = Ledger.open(":memory:")
    yield opened
    opened.close()


@pytest.mark.parametrize("form", FILES)
def test_a_file_is_imported_like_received(form: str, ledger: Ledger, tmp_path: Path) -> None:
    """Both tables hold the same rows as after the same requests came over the network."""
    path = tmp_path / "telemetry"
    path.write_bytes(FILES[form](REQUESTS))
    received = Ledger.open(":memory:")
    store_recorded(received, REQUESTS)

    _, problems = import_file(ledger, path)

    assert [] == problems
    assert contents(received) == contents(ledger)
    received.close()


def test_the_same_file_twice_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """And it is said that all was known."""
    path = tmp_path / "telemetry.jsonl"
    path.write_bytes(json_lines([CALL]))
    first, _ = import_file(ledger, path)
    before = contents(ledger)
    second, _ = import_file(ledger, path)

    assert before == contents(ledger)
    zeros = "0 uncounted, {} duplicate, 0 without usage, 0 rejected"
    assert f"1 messages with 1 records: 1 accepted, {zeros.format(0)}" == first
    assert f"1 messages with 1 records: 0 accepted, {zeros.format(1)}" == second


def test_bad_lines_are_named_and_left_out(ledger: Ledger, tmp_path: Path) -> None:
    """The second and third of five lines are none, the fourth is empty; the others count."""
    other = Request(Signal.TRACES, trace_bytes(SpanSpec(span_id=2, trace_id=2)))
    path = tmp_path / "telemetry.jsonl"
    wrong = b'{"resourceSpans": 7}\n{"logs": []}\n\n'
    path.write_bytes(json_lines([CALL]) + wrong + json_lines([other]))
    _, problems = import_file(ledger, path)

    assert [f"{path}:2", f"{path}:3"] == [problem.place for problem in problems]
    assert "resourceSpans must be an array" in problems[0].reason
    assert "none of resourceSpans" in problems[1].reason
    assert 240 == totals(ledger)["input_tokens"] + totals(ledger)["output_tokens"]


def test_rejected_records_are_problems(ledger: Ledger, tmp_path: Path) -> None:
    """A span without an id is left out alone, and its line is named."""
    both = trace_bytes(SpanSpec(), SpanSpec(span_id=0))
    path = tmp_path / "telemetry"
    path.write_bytes(json_lines([CALL, Request(Signal.TRACES, both)]))
    _, problems = import_file(ledger, path)

    assert [f"{path}:2"] == [problem.place for problem in problems]
    assert "1 records rejected: a span needs a trace id" in problems[0].reason


@pytest.mark.parametrize(
    ("behind", "reason"),
    [
        (b"\0\0\0\x09abc", "the file ends within a message of 9 bytes"),
        (b"\0\0", "neither JSON lines nor messages behind their lengths"),
        (b"\xff\xff\xff\xff", "neither JSON lines nor messages behind their lengths"),
    ],
)
def test_a_torn_file_is_read_up_to_there(behind: bytes, reason: str, ledger: Ledger, tmp_path: Path) -> None:
    """The message before counts; that the rest cannot be found is one problem."""
    path = tmp_path / "telemetry"
    path.write_bytes(protobuf([CALL]) + behind)
    _, problems = import_file(ledger, path)

    assert [f"nothing behind this can be read: {reason}"] == [problem.reason for problem in problems]
    assert 1 == totals(ledger)["calls"]


def test_a_torn_compressed_file_is_read_up_to_there(ledger: Ledger, tmp_path: Path) -> None:
    """Half of a compressed file is a problem, not a traceback."""
    path = tmp_path / "telemetry.zst"
    whole = FILES["json, zstd as a whole"](REQUESTS)
    path.write_bytes(whole[: len(whole) // 2])
    _, problems = import_file(ledger, path)

    assert [] != problems
    assert "nothing behind this can be read" in problems[-1].reason


def test_a_message_that_is_none_is_left_out(ledger: Ledger, tmp_path: Path) -> None:
    """Behind its length stands something else; the message behind it counts."""
    path = tmp_path / "telemetry"
    path.write_bytes(behind_lengths([b"something", CALL.payload]))
    _, problems = import_file(ledger, path)

    assert [f"{path}:1: neither spans, log records nor metrics of OTLP"] == list(map(str, problems))
    assert 1 == totals(ledger)["calls"]


@pytest.mark.parametrize("signal", Signal)
def test_bytes_give_their_signal_away(signal: Signal) -> None:
    """Of each recorded request, without being told."""
    payloads = [request.payload for request in REQUESTS if request.signal is signal]

    assert [] != payloads
    assert {signal} == set(map(signal_of, payloads))


def test_an_empty_file_is_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """A file exporter that has not written yet is no problem."""
    path = tmp_path / "telemetry.jsonl"
    path.touch()

    words, problems = import_file(ledger, path)

    assert [] == problems
    assert words.startswith("0 messages with 0 records")
