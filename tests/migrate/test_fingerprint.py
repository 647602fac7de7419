"""A fingerprint tells apart whatever may differ between two ledgers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from harness.captures import cases
from harness.table import store_recorded
from tokenlake_collector.migrate.fingerprint import hours_of
from tokenlake_collector.storage.ledger import Ledger

# Spans without usage have no key: the same may be there twice.
SPAN = """
INSERT INTO trace_spans (trace_id, span_id, timestamp, end_timestamp, role, seen_at)
SELECT md5('trace')::UUID, 1, '2026-11-01 10:30:00', '2026-11-01 10:31:00', '{role}', '2026-11-01 10:31:00'
"""
TABLES = ("token_usage", "token_usage_uncounted", "trace_spans")


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """What a collector holds that received all recorded runs."""
    ledger = Ledger.open(":memory:")
    store_recorded(ledger, [request for case in cases() for request in case.requests])
    yield ledger
    ledger.close()


def another(kind: str) -> str:
    """Return SQL for a value of a type that `value` does not have."""
    texts = {"VARCHAR": "coalesce(value, '') || 'x'", "JSON": """'{"another": 1}'""", "UUID": "uuid()"}
    return texts.get(
        kind, "value + INTERVAL 1 MICROSECOND" if kind == "TIMESTAMP" else "coalesce(value, 0) + 1"
    )


@pytest.mark.parametrize("table", TABLES)
def test_every_column_counts(ledger: Ledger, table: str) -> None:
    """One row with another value in any one column changes the hour that holds it."""
    unseen = []
    with ledger.cursor() as cursor:
        before = hours_of(cursor)
        columns = cursor.execute(f"SELECT name, type FROM pragma_table_info('{table}')").fetchall()
        for name, kind in columns:
            cursor.execute("BEGIN")
            value = another(kind).replace("value", name)
            cursor.execute(
                f"UPDATE {table} SET {name} = {value} WHERE rowid = (SELECT min(rowid) FROM {table})"
            )
            if hours_of(cursor) == before:
                unseen.append(name)
            cursor.execute("ROLLBACK")

    assert len(columns) > 10
    assert [] == unseen


def test_a_row_that_leaves_one_table_for_the_other_is_seen(ledger: Ledger) -> None:
    """The number of all rows is the same then."""
    with ledger.cursor() as cursor:
        before = hours_of(cursor)
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO token_usage_uncounted BY NAME FROM token_usage WHERE rowid = 0")
        cursor.execute("DELETE FROM token_usage WHERE rowid = 0")
        after = hours_of(cursor)
        cursor.execute("ROLLBACK")

    assert sum(hour.rows for hour in before.values()) == sum(hour.rows for hour in after.values())
    assert before != after


def test_two_equal_rows_do_not_hide_two_others() -> None:
    """They would with an exclusive or of hashes: both pairs would be 0."""
    found = []
    for role in ("server", "agent"):
        ledger = Ledger.open(":memory:")
        with ledger.cursor() as cursor:
            cursor.execute(SPAN.format(role=role))
            cursor.execute("INSERT INTO trace_spans FROM trace_spans")
            found.append(hours_of(cursor))
        ledger.close()

    assert [2, 2] == [hours[datetime(2026, 11, 1, 10)].rows for hours in found]
    assert found[0] != found[1]
