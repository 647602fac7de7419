"""What is remembered of spans without usage: found again after a restart, and pruned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.flattening import flat_rows
from harness.otlp import CHAT, SpanSpec, trace_bytes
from harness.table import store
from tokenlake_collector.account.gate import Gate
from tokenlake_collector.account.keys import row_keys
from tokenlake_collector.account.seen import Seen
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.sql import run

ROOT = trace_bytes(SpanSpec({"session.id": "s-1", "user.id": "ada"}, span_id=1))
CALL = trace_bytes(SpanSpec(CHAT, span_id=2, parent_id=1))


@pytest.mark.parametrize("order", [(ROOT, CALL), (CALL, ROOT)], ids=["root first", "root last"])
def test_a_root_and_its_call_meet_over_a_restart(order: tuple[bytes, bytes], tmp_path: Path) -> None:
    """The collector is closed and opened between the two: the call has the root's session and user (C10)."""
    for request in order:
        ledger = Ledger.open(tmp_path / "usage.duckdb")
        store(ledger, [request])
        ledger.close()
    ledger = Ledger.open(tmp_path / "usage.duckdb")
    with ledger.cursor() as cursor:
        rows = cursor.execute("SELECT session_id, user_id, reported FROM token_usage").fetchall()
    ledger.close()

    assert [("s-1", "ada", '{"session_id": null, "user_id": null}')] == rows


def kept(ledger: Ledger) -> list[int]:
    with ledger.cursor() as cursor:
        return [row[0] for row in cursor.execute("SELECT span_id FROM trace_spans ORDER BY 1").fetchall()]


def test_old_relatives_are_forgotten() -> None:
    """Those that arrived before a moment go, whatever their own times are."""
    ledger = Ledger.open(":memory:")
    store(ledger, [trace_bytes(SpanSpec({}, span_id=1), SpanSpec({}, span_id=2))])
    with ledger.cursor() as cursor:
        cursor.execute("UPDATE trace_spans SET seen_at = '2000-01-01' WHERE span_id = 1")
    ledger.transaction(lambda c: run(c, "prune", {"before": "2001-01-01", "kept": 100}))

    assert [2] == kept(ledger)
    ledger.close()


def test_the_number_of_relatives_is_bounded() -> None:
    """Of five the last three stay, in the order of arrival."""
    ledger = Ledger.open(":memory:")
    for number in range(1, 6):
        store(ledger, [trace_bytes(SpanSpec({}, span_id=number, trace_id=number))])
    ledger.transaction(lambda c: run(c, "prune", {"before": "2001-01-01", "kept": 2}))

    assert [3, 4, 5] == kept(ledger)
    ledger.close()


def test_seen_keys_are_found_and_others_never() -> None:
    """100,000 keys, added in parts of any size, are found again; of 100,000 others none looks known."""
    keys = np.random.default_rng(1).integers(1, 2**63, 200_000, dtype=np.uint64)
    seen = Seen()
    for part in np.split(keys[:100_000], [1, 10, 4000, 4001, 50_000]):
        seen.add(part)

    assert seen.holds(keys[:100_000]).all()
    assert not seen.holds(keys[100_000:]).any()
    assert not seen.has_forgotten


def test_the_last_two_million_keys_are_known_and_forgetting_is_told() -> None:
    """Of 4.5 million keys the last two million are found, the first half million are not."""
    keys = np.arange(1, 4_500_001, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    seen = Seen()
    for part in np.split(keys, 45):
        seen.add(part)

    assert seen.holds(keys[-2_000_000:]).all()
    assert not seen.holds(keys[:500_000]).any()
    assert seen.has_forgotten


def test_a_trace_of_many_reports_is_one_trace() -> None:
    """Twice three million reports of a thousand traces: nothing has to be forgotten for them."""
    gate = Gate()
    for _ in range(2):
        gate.add_reported(np.repeat(np.arange(1, 1001, dtype=np.uint64), 3000))

    assert not gate.has_forgotten


def test_keys_that_come_again_push_nothing_out() -> None:
    """Ten times the same million is a million."""
    keys = np.arange(1, 1_000_001, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    seen = Seen()
    seen.add(np.array([5], dtype=np.uint64))
    for _ in range(10):
        seen.add(keys)

    assert seen.holds(np.array([5], dtype=np.uint64)).all()
    assert not seen.has_forgotten


def test_ids_that_count_from_1_have_keys_that_differ_everywhere() -> None:
    """Of 4,096 traces numbered from 1 hardly any looks seen after the other 4,096 were added."""
    rows = flat_rows(*(SpanSpec(trace_id=number, span_id=number) for number in range(1, 8193)))
    traces = row_keys(rows).trace
    seen = Seen()
    seen.add(traces[:4096])

    assert seen.holds(traces[4096:]).sum() < 10


def test_a_row_that_somebody_inserted_is_a_relative_like_any_other() -> None:
    """A copy of a call, put into the table by SQL with the call's trace, does not stop the trace's spans."""
    ledger = Ledger.open(":memory:")
    with ledger.cursor() as cursor:
        cursor.execute(
            "INSERT INTO token_usage "
            "(timestamp, trace_id, response_id, input_tokens, output_tokens, duration_ms) VALUES "
            "('2026-05-28 20:26:40', '00000000000000000000000000000001', 'msg_1', 100, 20, 1000)"
        )
    store(ledger, [trace_bytes(SpanSpec({**CHAT, "gen_ai.response.id": "msg_1"}))])
    with ledger.cursor() as cursor:
        tokens = cursor.execute("SELECT sum(input_tokens)::BIGINT FROM token_usage").fetchall()
    ledger.close()

    assert [(100,)] == tokens
