"""An export holds every row once; imported into a new file, it gives the same statistics."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.captures import cases
from harness.importing import import_files
from harness.ledger_rows import insert_rows
from harness.table import contents, store_recorded
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.transfer import FORMS, Export, files_below
from tokenlake_queries import get_daily_stats, get_token_sessions, get_token_summary, get_token_total
from tokenlake_queries.parameters import select

TABLES = ("token_usage", "token_usage_uncounted")
ALL = select(None, None, None, None)
MIDNIGHT = datetime(2026, 3, 2)


def asking(cursor: duckdb.DuckDBPyConnection, statements: list[str] | None = None) -> Any:
    """Return what runs statements on a cursor, and notes them."""

    def ask(text: str, values: Mapping[str, Any]) -> pa.Table:
        if statements is not None:
            statements.append(text)
        return cursor.sql(text, params=dict(values)).to_arrow_table()

    return ask


@contextlib.contextmanager
def exporting(ledger: Ledger, folder: Path, form: str = "parquet", **options: Any) -> Iterator[Export]:
    with ledger.cursor() as cursor:
        yield Export(asking(cursor), folder, form, options.pop("selection", ALL), TABLES, **options)


def export(ledger: Ledger, folder: Path, form: str = "parquet", **options: Any) -> list[int | None]:
    """Export a ledger and return what became of each file."""
    with exporting(ledger, folder, form, **options) as run:
        return [run.write(part) for part in run.parts()]


def imported(folder: Path) -> Ledger:
    """Return a new ledger with all that an export holds."""
    ledger = Ledger.open(":memory:")
    _, problems = import_files(ledger, files_below(folder))
    assert [] == problems
    return ledger


def of_rows(rows: list[dict[str, Any]]) -> Ledger:
    """Return a ledger with rows that were put there by SQL."""
    ledger = Ledger.open(":memory:")
    ledger.transaction(lambda connection: insert_rows(connection, rows))
    return ledger


@pytest.fixture(scope="module")
def recorded() -> Iterator[Ledger]:
    """All recorded runs, in both tables."""
    ledger = Ledger.open(":memory:")
    for case in cases():
        store_recorded(ledger, case.requests)
    yield ledger
    ledger.close()


def test_what_is_exported_is_imported(recorded: Ledger, tmp_path: Path) -> None:
    """Into a new file, with every column of both tables; twice changes nothing."""
    export(recorded, tmp_path)
    ledger = imported(tmp_path)

    assert contents(recorded) == contents(ledger)
    words, _ = import_files(ledger, files_below(tmp_path))
    assert {"0 new rows"} == {said.partition(",")[0] for said in words}
    assert contents(recorded) == contents(ledger)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            # Around midnight, and often at the same moment.
            "timestamp": st.integers(-3, 3).map(lambda hours: MIDNIGHT + timedelta(hours=12 * hours)),
            "input_tokens": st.integers(0, 10**12),
            # Quarters: their sums are the same in every order of the rows.
            "estimated_cost": st.none() | st.integers(0, 400).map(lambda quarters: quarters / 4),
            "user_id": st.sampled_from([None, "", "a", "ü\n,\"'"]),
            "session_id": st.sampled_from([None, "s"]),
            "model": st.sampled_from([None, "gpt-5"]),
        }
    ),
    max_size=12,
)


# An example opens three ledgers: a second.
@settings(max_examples=10)
@given(rows=ROWS, page_rows=st.integers(1, 5))
def test_statistics_are_equal_wherever_pages_end(rows: list[dict[str, Any]], page_rows: int) -> None:
    """Whatever the rows, and also where a page ends among rows of one moment."""
    with TemporaryDirectory() as folder:
        original = of_rows(rows)
        export(original, Path(folder), page_rows=page_rows)
        copy = imported(Path(folder))
        with original.cursor() as before, copy.cursor() as after:
            for source in (before, after):
                source.execute("SET TimeZone = 'UTC'")
            assert contents(original) == contents(copy)
            assert get_token_total(source=before) == get_token_total(source=after)
            assert get_token_summary("user_id", source=before) == get_token_summary("user_id", source=after)
            assert get_token_sessions(source=before) == get_token_sessions(source=after)
            assert get_daily_stats(3, source=before) == get_daily_stats(3, source=after)
        original.close()
        copy.close()


def test_only_days_that_changed_are_written_again(tmp_path: Path) -> None:
    """Three days; a late row in the second, and a price in the third."""
    days = [MIDNIGHT + timedelta(days=n) for n in range(3)]
    ledger = of_rows([{"timestamp": day, "input_tokens": 1} for day in days])

    assert [1, 1, 1] == export(ledger, tmp_path)
    assert [None, None, None] == export(ledger, tmp_path)
    ledger.transaction(lambda connection: insert_rows(connection, [{"timestamp": days[1]}]))
    ledger.transaction(
        lambda c: c.execute(
            "UPDATE token_usage SET estimated_cost = 1 WHERE timestamp = ?", [days[2]]
        ).fetchall()
    )
    assert [None, 2, 1] == export(ledger, tmp_path)
    assert contents(ledger) == contents(imported(tmp_path))


def test_a_file_that_is_gone_is_written_again(tmp_path: Path) -> None:
    """What says that it is complete is not believed without it."""
    ledger = of_rows([{"timestamp": MIDNIGHT}])
    export(ledger, tmp_path)
    (tmp_path / "token_usage/day=2026-03-02/usage.parquet").unlink()

    assert [1] == export(ledger, tmp_path)


def test_an_interrupted_export_leaves_whole_files(tmp_path: Path) -> None:
    """It stops between two pages of a day that is there already: the old file stays until the next run."""
    ledger = of_rows([{"timestamp": MIDNIGHT, "input_tokens": n} for n in range(4)])
    export(ledger, tmp_path)
    path = tmp_path / "token_usage/day=2026-03-02/usage.parquet"
    old = path.read_bytes()
    ledger.transaction(lambda connection: insert_rows(connection, [{"timestamp": MIDNIGHT}]))
    with ledger.cursor() as cursor:
        statements: list[str] = []
        ask = asking(cursor, statements)

        def until_the_second_page(text: str, values: Mapping[str, Any]) -> pa.Table:
            if any("LIMIT" in statement for statement in statements):
                raise KeyboardInterrupt
            return ask(text, values)

        run = Export(until_the_second_page, tmp_path, "parquet", ALL, TABLES[:1], page_rows=2)
        with pytest.raises(KeyboardInterrupt):
            run.write(run.parts()[0])

    assert old == path.read_bytes()
    assert [path] == [found for found in tmp_path.rglob("*") if found.is_file()]
    assert [5] == export(ledger, tmp_path)


def test_pages_get_smaller_where_a_collector_returns_less(tmp_path: Path) -> None:
    """Five rows at once are refused; all come in the end."""
    ledger = of_rows([{"timestamp": MIDNIGHT, "input_tokens": n} for n in range(60)])
    with ledger.cursor() as cursor:
        ask = asking(cursor)

        def at_most_twenty(text: str, values: Mapping[str, Any]) -> pa.Table:
            table: pa.Table = ask(text, values)
            if table.num_rows > 20:
                raise ValueError("more than 20 rows")
            return table

        run = Export(at_most_twenty, tmp_path, "parquet", ALL, TABLES[:1], page_rows=64)
        assert [60] == [run.write(part) for part in run.parts()]
    assert contents(ledger) == contents(imported(tmp_path))


def test_the_selection_is_that_of_the_statistics(tmp_path: Path) -> None:
    """Start is inclusive, end exclusive, filters hold; a day at the edge has what is selected of it."""
    hours = [MIDNIGHT + timedelta(hours=n) for n in range(4)]
    ledger = of_rows([{"timestamp": hour, "model": "gpt-5", "input_tokens": hour.hour} for hour in hours])
    ledger.transaction(lambda connection: insert_rows(connection, [{"timestamp": hours[1], "model": "o3"}]))
    selection = select(hours[1].isoformat(), hours[3].isoformat(), "UTC", {"model": "gpt-5"})
    export(ledger, tmp_path, selection=selection)

    assert [1, 2] == [
        row[7] for row in sorted(contents(imported(tmp_path))["token_usage"], key=lambda r: r[1])
    ]


def test_other_forms_hold_the_same_rows(recorded: Ledger, tmp_path: Path) -> None:
    """CSV and Arrow, a file a day as well."""
    for form in FORMS:
        export(recorded, tmp_path, form)
    [day] = {path.parent.name for path in tmp_path.rglob("usage.*")}
    folder = tmp_path / "token_usage" / day
    expected = len(contents(recorded)["token_usage"])
    options = pa_csv.ParseOptions(newlines_in_values=True)
    csv = pa_csv.read_csv(folder / "usage.csv", parse_options=options)
    with pa.ipc.open_file(folder / "usage.arrow") as arrow:
        tokens = arrow.read_all()["input_tokens"].to_pylist()

    assert date.fromisoformat(day.removeprefix("day=")) is not None
    assert expected == csv.num_rows
    assert csv["input_tokens"].to_pylist() == tokens


def test_others_read_the_folder_as_one_table(recorded: Ledger, tmp_path: Path) -> None:
    """The day is a column there, and ids and JSON have their types."""
    export(recorded, tmp_path)
    with duckdb.connect() as connection:
        rows = connection.sql(
            f"FROM read_parquet('{tmp_path}/token_usage/*/*.parquet', hive_partitioning = true)"
        )
        types = dict(zip(rows.columns, map(str, rows.types), strict=True))
        total = rows.sum("input_tokens").fetchall()

    assert {"id": "UUID", "trace_id": "UUID", "day": "DATE", "attributes": "JSON"} == {
        name: types[name] for name in ("id", "trace_id", "day", "attributes")
    }
    assert [(sum(case.totals["input_tokens"] for case in cases()),)] == total
