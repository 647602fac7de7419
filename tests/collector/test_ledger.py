"""The ledger stores each report once, durably, and lets the best of several versions stand."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.flattening import flat_rows
from harness.otlp import CHAT, NOON_NS, SpanSpec, trace_bytes
from harness.table import commit, contents, store, table_after
from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.flatten.rows import empty_rows
from tokenlake_collector.storage.insert import Committed
from tokenlake_collector.storage.ledger import Ledger


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = Ledger.open(":memory:")
    yield opened
    opened.close()


def usage(input_tokens: int, output_tokens: int) -> dict[str, object]:
    return {**CHAT, "gen_ai.usage.input_tokens": input_tokens, "gen_ai.usage.output_tokens": output_tokens}


def stored_tokens(*groups: list[bytes]) -> list[int]:
    rows = table_after(*groups)["token_usage"]
    return [row[7] + row[8] for row in rows]


def test_an_empty_batch_is_no_transaction(ledger: Ledger) -> None:
    """Nothing is written for requests without usage."""
    assert Committed() == commit(ledger, empty_rows())


def test_a_row_can_be_inserted_with_the_origin_s_columns_alone(ledger: Ledger) -> None:
    """The defaults of our own columns make the sums right: no NULL in a token column, a time, an id."""
    with ledger.cursor() as cursor:
        cursor.execute(
            "INSERT INTO token_usage (session_id, endpoint_name, model, input_tokens, output_tokens) "
            "VALUES ('s', 'anthropic', 'claude', 1000, 500), ('s', 'anthropic', 'claude', 1, DEFAULT)"
        )
        total = cursor.execute(
            "SELECT sum(input_tokens + output_tokens), count(DISTINCT id), min(timestamp) FROM token_usage"
        ).fetchall()[0]

    assert (1501, 2) == total[:2]
    assert abs(total[2] - dt.datetime.now(dt.UTC).replace(tzinfo=None)) < dt.timedelta(minutes=1)


def test_the_first_sixteen_columns_are_the_origin_s(ledger: Ledger) -> None:
    """Names and order of the table that this one replaces."""
    with ledger.cursor() as cursor:
        names = [column[0] for column in cursor.execute("SELECT * FROM token_usage").description]

    expected = (
        "id timestamp session_id endpoint_name model operation_type operation_detail input_tokens "
        "output_tokens cache_creation_tokens cache_read_tokens context_tokens iteration channel user_id "
        "estimated_cost"
    )
    assert expected.split() == names[:16]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param((1000, 500, 10), (5, 5, 20), 10, id="the latest end wins, even with fewer tokens"),
        pytest.param((100, 50, 10), (100, 60, 10), 160, id="then the most tokens"),
        pytest.param((100, 60, 10), (60, 100, 10), 160, id="then any fixed choice"),
    ],
)
def test_of_two_versions_of_a_span_one_stands_in_any_order(
    first: tuple[int, int, int], second: tuple[int, int, int], expected: int
) -> None:
    """C0: same span id, different content; whatever comes first, in one transaction or two."""
    one, two = (
        trace_bytes(SpanSpec(usage(tokens[0], tokens[1]), duration_ns=tokens[2] * 10**6))
        for tokens in (first, second)
    )
    deliveries = [[[one], [two]], [[two], [one]], [[one, two]], [[two, one]], [[one], [two], [one]]]

    assert [[expected]] * 5 == [stored_tokens(*groups) for groups in deliveries]
    assert 1 == len({repr(table_after(*groups)) for groups in deliveries})


def test_a_version_with_usage_replaces_one_without(ledger: Ledger) -> None:
    """A span that first came without usage moves from the uncounted to the counted."""
    silent = {key: value for key, value in CHAT.items() if "usage" not in key}
    store(ledger, [trace_bytes(SpanSpec(silent))])
    before = {name: len(rows) for name, rows in contents(ledger).items()}
    store(ledger, [trace_bytes(SpanSpec(CHAT))])
    after = {name: len(rows) for name, rows in contents(ledger).items()}

    assert {"token_usage": 0, "token_usage_uncounted": 1} == before
    assert {"token_usage": 1, "token_usage_uncounted": 0} == after


versions = st.builds(
    SpanSpec,
    attributes=st.builds(usage, st.integers(0, 3), st.integers(0, 3)),
    span_id=st.integers(1, 2),
    trace_id=st.integers(1, 2),
    duration_ns=st.integers(0, 2).map(lambda ms: ms * 10**6),
    failed=st.booleans(),
)


@given(st.lists(versions, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_versions_in_any_order_and_grouping_leave_the_same_rows(
    spans: list[SpanSpec], random: Random
) -> None:
    """C0 as a property: the rows are a function of the set of versions."""
    payloads = [trace_bytes(span) for span in spans]
    shuffled = payloads + random.sample(payloads, k=len(payloads) // 2)
    random.shuffle(shuffled)
    cuts = sorted(random.sample(range(len(shuffled) + 1), k=min(2, len(shuffled))))
    groups = [shuffled[a:b] for a, b in itertools.pairwise([0, *cuts, len(shuffled)]) if a < b]

    assert table_after(payloads) == table_after(*groups)


def test_what_was_committed_counts_as_new_or_known(ledger: Ledger) -> None:
    """The numbers that the metrics show: 2 new, then 1 new and 1 known, then 0 new and 2 known."""
    first, second, third = (SpanSpec(span_id=number) for number in (1, 2, 3))

    assert Committed(counted=2) == commit(ledger, flat_rows(first, second))
    assert Committed(counted=1, duplicates=1) == commit(ledger, flat_rows(second, third))
    assert Committed(duplicates=2) == commit(ledger, flat_rows(first, first))


def test_a_failed_commit_leaves_nothing_and_can_be_repeated(ledger: Ledger) -> None:
    """The table is away for one commit; the same rows go in afterwards."""
    rows = flat_rows(SpanSpec())
    with ledger.cursor() as cursor:
        cursor.execute("ALTER TABLE token_usage RENAME TO away")
        with pytest.raises(CommitFailed, match="could not be stored"):
            commit(ledger, rows)
        cursor.execute("ALTER TABLE away RENAME TO token_usage")

    assert Committed(counted=1) == commit(ledger, rows)


def test_a_check_of_a_closed_ledger_fails() -> None:
    """Readiness asks the database, not a flag."""
    ledger = Ledger.open(":memory:")
    ledger.check()
    ledger.close()
    ledger.close()

    with pytest.raises(CommitFailed, match="does not answer"):
        ledger.check()


def test_rows_survive_closing_and_opening(tmp_path: Path) -> None:
    """The file holds them, and the older storage version that DuckDB 1.5 can read."""
    db = tmp_path / "usage.duckdb"
    for _ in range(2):
        ledger = Ledger.open(db)
        store(ledger, [trace_bytes(SpanSpec(start_ns=NOON_NS))])
        ledger.close()
    with duckdb.connect(str(db), read_only=True) as connection:
        rows = connection.execute("SELECT input_tokens, output_tokens, timestamp FROM token_usage").fetchall()

    assert [(100, 20, dt.datetime(2026, 5, 28, 20, 26, 40))] == rows


def test_closing_interrupts_whoever_still_reads() -> None:
    """A question that would take hours ends, so that a shutdown does not wait for it."""
    ledger = Ledger.open(":memory:")
    cursor, running = ledger.cursor(), threading.Event()

    def tell(number: int) -> int:
        running.set()
        return number

    def ask() -> None:
        with pytest.raises(duckdb.InterruptException):
            cursor.execute("SELECT max(tell(i) * j) FROM range(1) a(i), range(1000000000000) b(j)").fetchall()

    cursor.create_function("tell", tell, [duckdb.sqltypes.BIGINT], duckdb.sqltypes.BIGINT)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        assert running.wait(20)
        ledger.close()
        asked.result(20)


def test_what_duckdb_may_use_is_said_for_this_ledger_alone(tmp_path: Path) -> None:
    """64 MiB where they are asked for; a command that opens the file has what DuckDB thinks fit."""

    def limit(memory_mib: int | None) -> str:
        ledger = Ledger.open(tmp_path / "usage.duckdb", memory_mib)
        with ledger.cursor() as cursor:
            ((found,),) = cursor.execute("SELECT current_setting('memory_limit')").fetchall()
        ledger.close()
        return str(found)

    assert "64.0 MiB" == limit(64)
    assert "64.0 MiB" != limit(None)
