"""Ids of reports (rule C10 of the design: the same report always gets the same id)."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.flattening import rows_of
from harness.otlp import CHAT, SpanSpec
from tokenlake_collector.identity import ids_of_spans

_64 = 2**64 - 1


def _ids(pairs: Sequence[tuple[int, int]]) -> list[bytes]:
    traces = b"".join(trace.to_bytes(16, "big") for trace, _ in pairs)
    matrix = np.frombuffer(traces, dtype=np.uint8).reshape(-1, 16)
    ids = ids_of_spans(matrix, np.array([span for _, span in pairs], dtype=np.uint64))
    return [bytes(row) for row in ids]


def _finalised(word: int) -> int:
    """SplitMix64's finaliser as published (Steele, Lea and Flood, 2014), in plain integers."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _64
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _64
    return word ^ (word >> 31)


_WORDS = st.integers(0, _64)
_SMALL = st.integers(0, 5)
_LOW_ENTROPY = st.one_of(
    st.tuples(_SMALL, _SMALL),
    st.tuples(_SMALL.map(lambda high: high << 64), _SMALL),
    st.tuples(st.integers(0, 3).map(lambda half: half << 64 | half), st.integers(0, 3)),
    st.tuples(_SMALL.map(lambda bit: 1 << (bit * 25)), _SMALL.map(lambda bit: 1 << (bit * 12))),
)
_PAIRS = st.tuples(st.integers(0, 2**128 - 1), _WORDS) | _LOW_ENTROPY


@given(st.integers(0, 2**128 - 1), _WORDS)
def test_an_id_is_the_same_for_ever(trace: int, span: int) -> None:
    """The formula is part of the file format: another one would store re-sent reports twice."""
    high, low = trace >> 64, trace & _64
    first = high ^ _finalised(span)
    second = (low + _finalised(span ^ 0x9E3779B97F4A7C15)) & _64

    assert [first.to_bytes(8, "big") + second.to_bytes(8, "big")] == _ids([(trace, span)])


@given(st.lists(_PAIRS, unique=True, max_size=40))
def test_different_reports_have_different_ids(pairs: list[tuple[int, int]]) -> None:
    """Random ids and those of emitters that count from 1, side by side."""
    assert len(pairs) == len(set(_ids(pairs)))


@given(st.lists(_PAIRS, min_size=1, max_size=10), st.randoms())
def test_an_id_depends_on_its_own_report_only(pairs: list[tuple[int, int]], dice: Random) -> None:
    """Neither on the order nor on the neighbours in the batch."""
    shuffled = dice.sample(pairs, len(pairs))

    assert dict(zip(pairs, _ids(pairs), strict=True)) == dict(zip(shuffled, _ids(shuffled), strict=True))


@pytest.mark.parametrize("shift", [0, 64], ids=["high half zero", "low half zero"])
def test_counted_ids_never_meet(shift: int) -> None:
    """300 traces with the same 300 span ids: 90,000 ids."""
    pairs = [(trace << shift, span) for trace in range(1, 301) for span in range(1, 301)]

    assert 90_000 == len(set(_ids(pairs)))


def test_a_row_has_the_id_of_its_span_alone() -> None:
    """The same span with other content, or on another resource, keeps its id."""
    [first] = rows_of(SpanSpec(CHAT, 7))
    [again] = rows_of(
        SpanSpec({**CHAT, "gen_ai.usage.input_tokens": 1}, 7, start_ns=1), resource={"service.name": "x"}
    )
    [other] = rows_of(SpanSpec(CHAT, 8))

    assert (True, False) == (first["id"] == again["id"], first["id"] == other["id"])
