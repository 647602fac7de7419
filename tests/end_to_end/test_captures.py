"""Recorded traffic of real instrumentations gives the true totals: every capture, all of its signals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.captures import Case, cases
from harness.table import store_recorded, totals
from tokenlake_collector.storage.ledger import Ledger

each_case = pytest.mark.parametrize("recorded", [pytest.param(case, id=case.name) for case in cases()])


@contextmanager
def ledger_of(recorded: Case) -> Iterator[Ledger]:
    ledger = Ledger.open(":memory:")
    try:
        store_recorded(ledger, recorded.requests)
        yield ledger
    finally:
        ledger.close()


@each_case
def test_a_capture_gives_its_true_totals(recorded: Case) -> None:
    """Calls, errors, input, output, cache and reasoning tokens equal what the providers reported."""
    with ledger_of(recorded) as ledger:
        found = totals(ledger)

    tolerance = recorded.truth.get("totals_tolerance") or {}
    wrong = {
        name: (recorded.totals[name], value)
        for name, value in found.items()
        if recorded.totals[name] is not None and abs(recorded.totals[name] - value) > tolerance.get(name, 0)
    }
    assert {} == wrong


@each_case
def test_every_call_has_its_session_and_its_user(recorded: Case) -> None:
    """By session, user and input tokens the rows are the truth's calls: also where only the root knows."""
    expected = Counter(
        (call["session_id"], call["user_id"], call["input_tokens_total"]) for call in recorded.truth["calls"]
    )
    with ledger_of(recorded) as ledger, ledger.cursor() as cursor:
        rows = cursor.execute("SELECT session_id, user_id, input_tokens FROM token_usage").fetchall()

    assert expected == Counter(rows)


@each_case
def test_every_call_has_its_model(recorded: Case) -> None:
    """The model that answered or the one asked for: either is right."""
    expected = Counter(call["input_tokens_total"] for call in recorded.truth["calls"])
    either = {
        (call["input_tokens_total"], model)
        for call in recorded.truth["calls"]
        for model in (call["model"], call["response_model"])
    }
    with ledger_of(recorded) as ledger, ledger.cursor() as cursor:
        rows = cursor.execute("SELECT input_tokens, model FROM token_usage").fetchall()

    assert expected == Counter(tokens for tokens, _ in rows)
    assert set() == {row for row in rows if row[0]} - either
