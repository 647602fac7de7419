"""Planning a group before the one ahead of it is stored changes no row, nor does a commit that fails."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.batching import merged
from harness.random_case import RandomCase
from harness.random_traces import random_cases
from harness.table import Table, contents, prices, table_after
from tokenlake_collector.ingest import Ingest, Prepared
from tokenlake_collector.meters import Meters
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger


def table_one_behind(groups: Sequence[Sequence[bytes]], failing: Collection[int]) -> Table:
    """Prepare each group before the one ahead of it is stored; those that fail come again at the end."""
    ledger = Ledger.open(":memory:")
    ingest = Ingest(ledger, Meters(), prices())
    ahead: list[tuple[int, Prepared]] = []
    again = [groups[number] for number in sorted(failing)]
    for number, group in enumerate([*groups, *again]):
        prepared = ingest.prepare(Signal.TRACES, group)
        for before, ready in ahead:
            if before not in failing:
                ingest.store(ready)
        ahead = [(number, prepared)]
    for number, ready in ahead:
        if number not in failing:
            ingest.store(ready)
    found = contents(ledger)
    ledger.close()
    return found


@given(st.data(), random_cases())
@settings(max_examples=20)
def test_planning_ahead_changes_no_row(data: st.DataObject, generated: RandomCase) -> None:
    """Spans of generated traces, some of them twice, in any order, groups and failures of commits."""
    spans = list(generated.requests)
    left = list(
        data.draw(st.permutations([*spans, *data.draw(st.lists(st.sampled_from(spans), max_size=4))]))
    )
    groups: list[list[bytes]] = []
    while left:
        size = data.draw(st.integers(1, 8))
        groups.append([merged(left[:size])])
        left = left[size:]
    failing = data.draw(st.sets(st.integers(0, len(groups) - 1), max_size=2))

    assert table_after([merged(spans)]) == table_one_behind(groups, failing)
