"""Every signal can say how many records were rejected."""

from __future__ import annotations

import pytest

from tokenlake_collector.ingest import Accepted
from tokenlake_collector.receive.replies import accepted_in, response_to
from tokenlake_collector.signals import Signal


@pytest.mark.parametrize(
    ("signal", "name"),
    [
        (Signal.TRACES, "rejected_spans"),
        (Signal.LOGS, "rejected_log_records"),
        (Signal.METRICS, "rejected_data_points"),
    ],
)
def test_rejected_records_are_told_under_the_signals_own_name(signal: Signal, name: str) -> None:
    """As OTLP names them; and what is told can be read again."""
    told = Accepted(3, "too old")
    response = response_to(signal, told)

    assert f'{name}: 3\nerror_message: "too old"\n' == str(response.partial_success)  # type: ignore[attr-defined]  # all three have it
    assert told == accepted_in(signal, response.SerializeToString())


@pytest.mark.parametrize("signal", Signal)
def test_nothing_is_said_where_all_was_taken(signal: Signal) -> None:
    """An empty response."""
    assert b"" == response_to(signal, Accepted()).SerializeToString()
