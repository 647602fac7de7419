"""Reading numbers and text out of attribute values (rule C0)."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.otlp import SpanSpec, trace_bytes
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.values import MAX_COUNT, Values
from tokenlake_collector.signals import Signal

LARGEST = 9007199254740991
"""2**53 - 1."""


def _values(*values: Any) -> tuple[Values, np.ndarray[Any, np.dtype[np.int64]]]:
    attributes = {f"key {position}": value for position, value in enumerate(values)}
    records = decode(Signal.TRACES, [trace_bytes(SpanSpec(attributes))])
    return Values(records.attributes.values), np.arange(len(values))


def _counts(*values: Any) -> list[int | None]:
    read, rows = _values(*values)
    counts, readable = read.counts(rows)
    return [count if ok else None for count, ok in zip(counts.tolist(), readable.tolist(), strict=True)]


def _amounts(*values: Any) -> list[float | None]:
    read, rows = _values(*values)
    amounts, readable = read.amounts(rows)
    return [amount if ok else None for amount, ok in zip(amounts.tolist(), readable.tolist(), strict=True)]


def _texts(*values: Any) -> list[str | None]:
    read, rows = _values(*values)
    texts: list[str | None] = read.text(rows).to_pylist()
    return texts


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0),
        (12, 12),
        (12.0, 12),
        (-0.0, 0),
        ("12", 12),
        (" 12 ", 12),
        ("\t12\n", 12),
        ("12.0", 12),
        (" 12.000 ", 12),
        ("0012", 12),
        ("0", 0),
        (2**53 - 1, LARGEST),
        (9007199254740991.0, LARGEST),
        ("9007199254740991", LARGEST),
    ],
)
def test_c0_a_count_is_an_integer_an_integral_double_or_a_decimal_string(value: Any, expected: int) -> None:
    """C0: the three spellings of a count are read alike."""
    assert [expected] == _counts(value)


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        -1,
        -1.0,
        "-1",
        0.5,
        "0.5",
        "12.5",
        float("nan"),
        "NaN",
        float("inf"),
        "inf",
        "",
        " ",
        "twelve",
        "12 tokens",
        "1,200",
        "1_200",
        "0x10",
        "1e3",
        2**53,
        9007199254740992.0,
        "9007199254740992",
        "99999999999999999999999999",
        -(2**63),
        2**63 - 1,
        1e300,
        b"12",
        [12],
        None,
    ],
)
def test_c0_everything_else_is_no_count(value: Any) -> None:
    """C0: booleans, negatives, fractions, NaN, what is too large, and what is no number are not read."""
    assert [None] == _counts(value)


@given(st.integers(0, LARGEST))
def test_c0_every_count_is_read_exactly_however_it_is_spelled(count: int) -> None:
    """C0: no count up to 2**53 - 1 loses a digit, as a number or in text."""
    assert [count] * 5 == _counts(count, float(count), str(count), f" {count} ", f"{count}.00")


@given(st.lists(st.integers(0, LARGEST) | st.booleans() | st.text(alphabet="az -", max_size=3), max_size=6))
def test_c0_a_value_is_read_without_regard_to_its_neighbours(values: list[Any]) -> None:
    """C0: columns of mixed types read each value as if it stood alone."""
    assert [_counts(value)[0] for value in values] == _counts(*values)


def test_c0_the_largest_count_is_exact_as_a_double() -> None:
    """C0: 2**53 - 1 is the limit."""
    assert LARGEST == MAX_COUNT


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0045, 0.0045),
        (3, 3.0),
        (0, 0.0),
        ("0.0045", 0.0045),
        (" 0.5 ", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("+1.5", 1.5),
        ("4.5e-3", 0.0045),
        ("1E2", 100.0),
    ],
)
def test_c0_an_amount_is_a_number_or_a_number_in_text(value: Any, expected: float) -> None:
    """C0: money may be fractional and in scientific notation."""
    assert [expected] == _amounts(value)


@pytest.mark.parametrize(
    "value",
    [True, float("nan"), float("inf"), "", " ", "free", "$1", "1,5", "nan", "inf", "1e999", b"1", [1], None],
)
def test_c0_everything_else_is_no_amount(value: Any) -> None:
    """C0: booleans, NaN, infinities and other text are not money."""
    assert [None] == _amounts(value)


@given(st.floats(0, 1e9))
def test_c0_every_amount_is_read_exactly_from_a_double_and_from_text(amount: float) -> None:
    """C0: text that Python writes for a double reads as the same double."""
    assert [amount, amount] == _amounts(amount, repr(amount))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("gpt-5", "gpt-5"),
        ("日本", "日本"),
        (42, "42"),
        (-7, "-7"),
        (2**63 - 1, "9223372036854775807"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        (b"bytes", None),
        (["a"], None),
        (None, None),
    ],
)
def test_text_of_a_scalar(value: Any, expected: str | None) -> None:
    """Numbers and booleans read as text; arrays, bytes and nothing do not."""
    read, rows = _values(value)

    assert ([expected], [expected is not None]) == (_texts(value), read.has_text(rows).tolist())


def test_an_empty_string_is_no_text() -> None:
    """An empty string counts as absent; a blank one is text."""
    read, rows = _values("", " ", "a", "")

    assert [False, True, True, False] == read.has_text(rows).tolist()


def test_the_row_minus_one_is_nothing() -> None:
    """-1 stands for no attribute: NULL, even when the last value is text."""
    read, _ = _values("a", "b")

    assert [None, "b", None] == read.text(np.array([-1, 1, -1])).to_pylist()
