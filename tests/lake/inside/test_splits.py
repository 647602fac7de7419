"""Collectors that share a ledger store what one that has a file for itself does, however work is split."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.captures import Request, cases
from harness.lakes import Lakes
from harness.random_case import RandomCase
from harness.random_signals import SignalCase, random_signals
from harness.random_traces import random_cases
from harness.table import Table, contents, store_recorded
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger

CAPTURES = {case.name: case.requests for case in cases()}


def table_of_one(requests: Sequence[Request]) -> Table:
    """Return what one collector stores in a ledger of its own, each request once and in order."""
    ledger = Ledger.open(":memory:")
    try:
        store_recorded(ledger, requests)
        return contents(ledger)
    finally:
        ledger.close()


def table_of_several(data: st.DataObject, lakes: Lakes, requests: Sequence[Request]) -> Table:
    """Return what two or three store in one ledger: any request at any of them, in any order, some twice."""
    again = data.draw(st.lists(st.sampled_from(requests), max_size=4))
    with lakes.collectors(data.draw(st.integers(2, 3))) as collectors:
        for request in data.draw(st.permutations([*requests, *again])):
            data.draw(st.sampled_from(collectors)).store(request)
        return contents(collectors[0].ledger)


@pytest.mark.timeout(600)
@given(data=st.data(), generated=random_cases())
@settings(max_examples=8)
def test_any_split_of_generated_traces(data: st.DataObject, generated: RandomCase, lakes: Lakes) -> None:
    """Spans of one trace may be at all of them."""
    requests = [Request(Signal.TRACES, payload) for payload in generated.requests]

    assert table_of_one(requests) == table_of_several(data, lakes, requests)


@pytest.mark.timeout(600)
@given(data=st.data(), generated=random_signals())
@settings(max_examples=6)
def test_any_split_of_signals(data: st.DataObject, generated: SignalCase, lakes: Lakes) -> None:
    """So may the span, the log record and the metric of one call."""
    assert table_of_one(generated.requests) == table_of_several(data, lakes, generated.requests)


@pytest.mark.timeout(600)
@given(data=st.data(), name=st.sampled_from(sorted(CAPTURES)))
@settings(max_examples=6)
def test_any_split_of_recorded_traffic(data: st.DataObject, name: str, lakes: Lakes) -> None:
    """The requests of real instrumentations, as they sent them."""
    assert table_of_one(CAPTURES[name]) == table_of_several(data, lakes, CAPTURES[name])
