from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlake.reporting.amounts import real, whole


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0),
        (1000.0, 1000),
        (np.int64(7), 7),
        (np.float64(8.0), 8),
        (2**63 - 1, 9223372036854775807),
        (None, None),
        (False, None),
        (np.bool_(True), None),
        (Decimal(5), None),
        (float("inf"), None),
    ],
)
def test_a_count_is_a_whole_number_of_any_type(value: object, expected: object) -> None:
    """Integers of any library and whole floats are counts; booleans and the rest are not."""
    assert expected == whole("input_tokens", value)


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_every_count_that_otlp_can_carry_is_kept(value: object) -> None:
    """A count in range is returned as it is."""
    assert value == whole("input_tokens", value)


@given(
    st.integers(max_value=-1) | st.integers(min_value=2**63) | st.text() | st.binary() | st.floats(0.01, 0.99)
)
def test_nothing_else_is_a_count(value: object) -> None:
    """Out of range, of another type or with a fraction: None."""
    assert whole("input_tokens", value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0.0),
        (Decimal("0.0045"), 0.0045),
        (Fraction(1, 4), 0.25),
        (np.float64(0.5), 0.5),
        (None, None),
        (True, None),
        ("0.5", None),
        (Decimal("sNaN"), None),
        (float("nan"), None),
        (10**400, None),
    ],
)
def test_money_is_a_finite_number_of_any_type(value: object, expected: object) -> None:
    """Decimals and fractions are money; text, booleans and what is not finite are not."""
    assert expected == real("estimated_cost", value, "USD")
