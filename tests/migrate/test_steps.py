"""Two ledgers are made equal in few transactions, and hours that are equal are left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tokenlake_collector.migrate.fingerprint import Fingerprint, sum_of
from tokenlake_collector.migrate.step import STEP_ROWS, steps_between

FIRST = datetime(2026, 11, 1)
HOUR = timedelta(hours=1)

# Hours 0 to 11, with none, little, or much of a transaction.
ledgers = st.dictionaries(
    st.integers(0, 11).map(lambda number: FIRST + number * HOUR),
    st.builds(Fingerprint, st.sampled_from([1, 60_000, 150_000, 900_000]), st.integers(1, 3)),
)


def hours_in(first: datetime, last: datetime) -> list[datetime]:
    return [first + number * HOUR for number in range((last - first) // HOUR + 1)]


def test_neighbours_go_together_until_a_transaction_is_full() -> None:
    """Hours of 90,000 rows: three of them make 270,000, the first number over 200,000."""
    wanted = {FIRST + number * HOUR: Fingerprint(90_000, number) for number in range(5)}
    steps = list(steps_between(wanted, {}))

    assert [(FIRST, FIRST + 2 * HOUR), (FIRST + 3 * HOUR, FIRST + 4 * HOUR)] == [
        (step.first, step.last) for step in steps
    ]
    assert [270_000, 180_000] == [step.new.rows for step in steps]


def test_an_equal_hour_is_left_alone() -> None:
    """Its neighbours are steps of their own; an hour that only the target has is emptied."""
    wanted = {FIRST: Fingerprint(1, 5), FIRST + HOUR: Fingerprint(2, 7)}
    present = {FIRST + HOUR: Fingerprint(2, 7), FIRST + 2 * HOUR: Fingerprint(3, 9)}
    steps = list(steps_between(wanted, present))

    assert [(FIRST, 1, 0), (FIRST + 2 * HOUR, 0, 3)] == [
        (step.first, step.new.rows, step.old.rows) for step in steps
    ]


@given(ledgers, ledgers)
def test_every_difference_is_in_one_step(
    wanted: dict[datetime, Fingerprint], present: dict[datetime, Fingerprint]
) -> None:
    """And no equal hour is in any; the changes of all steps are the difference of both ledgers."""
    steps = list(steps_between(wanted, present))
    held = wanted.keys() | present.keys()
    moved = [hour for step in steps for hour in hours_in(step.first, step.last) if hour in held]
    different = sorted(hour for hour in held if wanted.get(hour) != present.get(hour))
    change = sum((step.new - step.old for step in steps), Fingerprint())

    assert different == moved
    assert sum_of(wanted) == sum_of(present) + change


@given(ledgers, ledgers)
def test_a_transaction_ends_with_the_hour_that_fills_it(
    wanted: dict[datetime, Fingerprint], present: dict[datetime, Fingerprint]
) -> None:
    """Without its last hour, no step is full: memory and lost work are bounded."""
    for step in steps_between(wanted, present):
        before = [hour for hour in hours_in(step.first, step.last) if hour != step.last]
        nothing = Fingerprint()
        rows = sum(wanted.get(h, nothing).rows + present.get(h, nothing).rows for h in before)

        assert rows < STEP_ROWS
