"""Versions are compared as people number them."""

import pytest

from tokenlake_collector.dialects.versions import parse, reaches

RISING = (
    "0.9",
    "0.33.3",
    "0.33.4.dev1",
    "0.33.4a1",
    "0.33.4",
    "0.33.4.post1",
    "0.62.4",
    "1.0.0b261022",
    "1.0.0rc1",
    "1.0",
    "1.3b0",
    "1.3",
    "6.0.0-alpha.7",
    "6.0.0-beta.9",
    "6.0.0-beta.138",
    "6.0.0",
    "10.0.0",
)


def test_versions_rise() -> None:
    """Releases by number, not by letter; what comes before a release is lower, what comes after higher."""
    parsed = [parse(version) for version in RISING]

    assert None not in parsed
    assert sorted(parsed, key=lambda version: version or ((), 0, 0)) == parsed


@pytest.mark.parametrize(
    ("one", "other"), [("1.0", "1.0.0"), ("v1.2", "1.2"), ("1.2+local", "1.2"), (" 1.2 ", "1.2")]
)
def test_spellings_of_one_version(one: str, other: str) -> None:
    """Trailing zeros, a leading v, local parts and spaces change nothing."""
    assert parse(one) == parse(other)


@pytest.mark.parametrize(
    ("version", "bound", "expected"),
    [
        ("0.33.4", "0.33.4", True),
        ("0.33.3", "0.33.4", False),
        ("0.27.0", ">0.27.0", False),
        ("0.27.1", ">0.27.0", True),
        ("", "0.33.4", None),
        ("latest", "0.33.4", None),
    ],
)
def test_a_version_reaches_a_bound(version: str, bound: str, expected: bool | None) -> None:
    """From the bound on, or after it; nothing is known of what cannot be read."""
    assert expected is reaches(version, bound)


@pytest.mark.parametrize("text", ["1" * 5000, "1." + "2" * 5000, "1.2a" + "3" * 5000])
def test_a_number_of_thousands_of_digits_breaks_nothing(text: str) -> None:
    """Fuzzing found it: Python refuses to read such a number. What is sound before it may be read."""
    assert parse(text) in {None, parse("1"), parse("1.2")}
