"""Columns of text: what is different in them, and columns made of it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlake_collector.texts import combined, distinct, repeated, spread

TEXTS = st.lists(st.sampled_from([None, "", "a", "ä€", "aa"]), max_size=12)


@given(TEXTS, st.integers(0, 3))
def test_a_column_is_made_again_of_its_different_texts(texts: list[str | None], skipped: int) -> None:
    """Positions lead back to each row's own text, also in a part of a column, and no text stands twice."""
    column = pa.array(texts, pa.string())[skipped:]
    found, codes = distinct(column)
    assert texts[skipped:] == [found[code] for code in codes]
    assert len(found) == len(set(texts[skipped:]))
    assert texts[skipped:] == spread(found, codes).to_pylist()


def test_bytes_that_are_no_text_are_told_apart_too() -> None:
    """Names of spans come unchecked, and stay bytes."""
    found, codes = distinct(pa.array([b"\xff", b"a", b"\xff"], pa.binary()))
    assert [b"\xff", b"a", b"\xff"] == [found[code] for code in codes]


def test_a_chunked_column_is_one_column() -> None:
    """A text of one chunk is the same text in another."""
    found, codes = distinct(pa.chunked_array([["a", "b"], ["b"]], pa.string()))
    assert (["a", "b"], [0, 1, 1]) == (found, codes.tolist())


@pytest.mark.parametrize(("text", "rows"), [*product([None, "", "ä€"], [0, 1, 3])])
def test_a_repeated_text_stands_in_every_row(text: str | None, rows: int) -> None:
    """A column that is built of its buffers is as sound as any other."""
    column = repeated(text, rows)
    column.validate(full=True)
    assert [text] * rows == column.to_pylist()


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2**40])), min_size=1, max_size=12))
def test_each_combination_of_codes_is_found_once(pairs: list[tuple[int, int]]) -> None:
    """Rows have the same number where all their codes are the same, and a number's first row comes first."""
    firsts, number = combined(*(np.array(codes, dtype=np.int64) for codes in zip(*pairs, strict=True)))
    assert len(set(pairs)) == len(firsts)
    assert [pairs.index(pair) for pair in pairs] == firsts[number].tolist()
