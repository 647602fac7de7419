"""Whatever names one user or session can be taken out, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from harness.console import console
from harness.hour_sums import sums, sums_of_rows
from harness.otlp import CHAT, SpanSpec, trace_bytes
from harness.table import contents, store
from tokenlake_collector.retention import Subject, forget, to_forget
from tokenlake_collector.storage.backup import back_up
from tokenlake_collector.storage.hours.sealing import seal
from tokenlake_collector.storage.ledger import Ledger

USER = "user.id"
SOMEBODY, OTHER = "somebody-7f3a", "other-91c2"
SUBJECT = Subject("user_id", SOMEBODY)


def request(number: int, user: str) -> bytes:
    """Return a web request of a user, an agent below it, and the agent's call, which inherit the name."""
    agent = CHAT | {"gen_ai.operation.name": "invoke_agent"}
    return trace_bytes(
        SpanSpec({"http.route": "/", USER: user}, span_id=10 * number, trace_id=number),
        SpanSpec(agent, span_id=10 * number + 1, trace_id=number, parent_id=10 * number, kind=1),
        SpanSpec(span_id=10 * number + 2, trace_id=number, parent_id=10 * number + 1),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger file with one request of each of two users."""
    path = tmp_path / "usage.duckdb"
    ledger = Ledger.open(path)
    store(ledger, [request(1, SOMEBODY)], [request(2, OTHER)])
    ledger.close()
    return path


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(path)
    yield opened
    opened.close()


def test_rows_of_a_user_are_deleted_from_both_tables(ledger: Ledger) -> None:
    """A call, an agent's sum and the name in the tree; the other user's rows are as they were."""
    with ledger.cursor() as cursor:
        assert {"token_usage": 1, "token_usage_uncounted": 1, "trace_spans": 1} == to_forget(cursor, SUBJECT)
    others = {table: [row for row in rows if OTHER in row] for table, rows in contents(ledger).items()}
    forget(ledger, SUBJECT)

    assert others == contents(ledger)
    with ledger.cursor() as cursor:
        assert {0} == set(to_forget(cursor, SUBJECT).values())
        names = cursor.execute("SELECT user_id FROM trace_spans ORDER BY 1").fetchall()
    assert [(OTHER,), (None,)] == names


def test_sums_by_hour_forget_too(ledger: Ledger) -> None:
    """No sum names the user, neither at once nor when all is summed again."""
    seal(ledger, datetime(2026, 6, 1))
    forget(ledger, SUBJECT)
    for _ in range(2):
        with ledger.cursor() as cursor:
            count = cursor.execute("SELECT count(*) FROM usage_hours WHERE user_id = ?", [SOMEBODY])
            assert [(0,)] == count.fetchall()
        seal(ledger, datetime(2026, 6, 1))
    assert sums_of_rows(ledger) == sums(ledger)


def test_a_name_that_was_reported_and_replaced_is_found() -> None:
    """The row is another's by now, and still says whom its own record named."""
    ledger = Ledger.open(":memory:")
    reported = f'{{"user_id": "{SOMEBODY}"}}'
    ledger.transaction(
        lambda c: c.execute(
            "INSERT INTO token_usage (user_id, reported) VALUES (?, ?)", [OTHER, reported]
        ).fetchall()
    )
    forget(ledger, SUBJECT)

    assert [] == contents(ledger)["token_usage"]


def test_a_session_is_forgotten_alone() -> None:
    """Of two sessions of one user, one stays."""
    ledger = Ledger.open(":memory:")
    sessions = [CHAT | {"gen_ai.conversation.id": name, USER: SOMEBODY} for name in ("s1", "s2")]
    store(ledger, [trace_bytes(SpanSpec(of, span_id=n, trace_id=n)) for n, of in enumerate(sessions, 1)])
    forget(ledger, Subject("session_id", "s1"))

    assert ["s2"] == [row[2] for row in contents(ledger)["token_usage"]]


def test_a_backup_made_then_has_no_trace_of_the_name(ledger: Ledger, tmp_path: Path) -> None:
    """Its bytes do not hold what the ledger file may still hold in its free space."""
    copies = [tmp_path / "before.duckdb", tmp_path / "after.duckdb"]
    with ledger.cursor() as cursor:
        back_up(cursor, copies[0])
    forget(ledger, SUBJECT)
    with ledger.cursor() as cursor:
        back_up(cursor, copies[1])

    assert [True, False] == [SOMEBODY.encode() in copy.read_bytes() for copy in copies]


def test_only_apply_changes_anything(path: Path) -> None:
    """Without it the command counts; with it, it says what stays elsewhere."""
    before = console("forget", "--user", SOMEBODY, "--db", path)
    after = console("forget", "--user", SOMEBODY, "--db", path, "--apply")
    nobody = console("forget", "--db", path)

    assert (0, "Nothing was changed; --apply deletes them.\n") == (before.returncode, before.stderr)
    assert ["1", "1", "1"] == before.stdout.splitlines()[-2].split()
    assert (0, True) == (after.returncode, after.stderr.startswith("They are deleted. Backups, exports"))
    assert ["1", "1", "1"] == after.stdout.splitlines()[-2].split()
    assert (2, "tokenlake: name one of --user and --session\n") == (nobody.returncode, nobody.stderr)
