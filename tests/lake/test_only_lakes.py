"""What only a lake has: turns, what collectors learn of each other, and any split of work between them."""

from __future__ import annotations

import pytest

from harness.in_lake import passed


@pytest.mark.debian
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "name", ["test_turns.py", "test_turn_times.py", "test_learning.py", "test_splits.py", "test_names.py"]
)
def test_it_holds_with_real_extensions(name: str) -> None:
    """The tests of `inside`, each file by itself."""
    passed(f"tests/lake/inside/{name}")
