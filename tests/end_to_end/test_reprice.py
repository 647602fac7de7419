"""`tokenlake reprice` and `tokenlake prices`, as commands on a ledger file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from harness.collector_process import running_collector
from harness.ledger_rows import insert_rows
from tokenlake_collector.cli.app import main
from tokenlake_collector.storage.opening import open_file

MILLION = 1_000_000
OUR_MODEL = '[[price]]\nmodel = "our-model"\ninput = 4\noutput = 0\n'


Command: TypeAlias = "Callable[..., Result]"


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def tokenlake(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in this process: a process each would take longer than all that they do."""
    for name in [name for name in os.environ if name.startswith("TOKENLAKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["tokenlake", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        written = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Result(ended.value.code, written.out, written.err)

    return run


@pytest.fixture
def answer(tokenlake: Command) -> Callable[..., Any]:
    """Runs a command that succeeds, and reads the JSON that it writes."""

    def ask(*arguments: str) -> Any:
        result = tokenlake(*arguments, "--json")
        assert 0 == result.code, result.err
        return json.loads(result.out)

    return ask


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A ledger with a wrong cost, a reported one, one written by hand, an old call and an unknown model."""
    path = tmp_path / "usage.duckdb"
    calls: dict[str, dict[str, Any]] = {
        "wrong": {"model": "gpt-5", "computed_cost": 9.0, "estimated_cost": 9.0},
        "reported": {"model": "gpt-5", "reported_cost": 5.0, "estimated_cost": 5.0},
        "by-hand": {"model": "gpt-4o", "estimated_cost": 0.7},
        "old": {"model": "o3", "timestamp": datetime(2025, 6, 9)},
        "unknown": {"model": "our-model"},
    }
    common: dict[str, Any] = {
        "timestamp": datetime(2026, 11, 1),
        "provider": "openai",
        "input_tokens": MILLION,
    }
    with closing(open_file(path)) as connection:
        insert_rows(connection, [common | call | {"session_id": name} for name, call in calls.items()])
        connection.execute(
            "INSERT INTO token_usage_uncounted BY NAME "
            "SELECT *, 'container' AS reason FROM token_usage WHERE session_id = 'wrong'"
        )
    return path


def costs(db: Path, table: str = "token_usage") -> dict[str, tuple[float | None, ...]]:
    """Return reported, computed and estimated cost by session."""
    with closing(open_file(db)) as connection:
        rows = connection.execute(
            f"SELECT session_id, reported_cost, computed_cost, estimated_cost FROM {table}"
        ).fetchall()
    return {name: tuple(values) for name, *values in rows}


BEFORE = {
    "wrong": (None, 9.0, 9.0),
    "reported": (5.0, None, 5.0),
    "by-hand": (None, None, 0.7),
    "old": (None, None, None),
    "unknown": (None, None, None),
}
AFTER = {
    "wrong": (None, 1.25, 1.25),
    "reported": (5.0, 1.25, 5.0),
    "by-hand": (None, 2.5, 0.7),
    "old": (None, 10.0, 10.0),
    "unknown": (None, None, None),
}
"""A million tokens of gpt-5 are 1.25 USD, of gpt-4o 2.50, of o3 before 10 June 2025 10."""


def test_the_difference_is_shown_and_nothing_changes(db: Path, answer: Callable[..., Any]) -> None:
    """Rows and USD before and after per model, the largest change first; the file keeps its bytes."""
    content = db.read_bytes()

    assert [
        {"model": "o3", "rows": 1, "old_usd": 0.0, "new_usd": 10.0, "estimated_usd": 10.0},
        # 1.25 + 1.25 instead of 9; the estimate falls from 9 + 5 to 1.25 + 5.
        {"model": "gpt-5", "rows": 2, "old_usd": 9.0, "new_usd": 2.5, "estimated_usd": -7.75},
        {"model": "gpt-4o", "rows": 1, "old_usd": 0.0, "new_usd": 2.5, "estimated_usd": 0.0},
    ] == answer("reprice", "--db", str(db))
    assert content == db.read_bytes()
    assert costs(db) == BEFORE


def test_only_apply_changes_the_costs(db: Path, tokenlake: Command) -> None:
    """Computed costs become right, estimates follow them, reported and hand-written ones stay."""
    result = tokenlake("reprice", "--db", str(db), "--apply")

    assert (0, "5 rows changed\n") == (result.code, result.err)
    assert costs(db) == AFTER
    assert {"wrong": (None, 1.25, 1.25)} == costs(db, "token_usage_uncounted")


def test_a_second_time_there_is_nothing_to_change(
    db: Path, tokenlake: Command, answer: Callable[..., Any]
) -> None:
    """The same prices give the same costs."""
    tokenlake("reprice", "--db", str(db), "--apply")

    assert [] == answer("reprice", "--db", str(db))
    assert "0 rows changed\n" == tokenlake("reprice", "--db", str(db), "--apply").err
    assert costs(db) == AFTER


@pytest.mark.parametrize(
    ("options", "models"),
    [
        (("--model", "gpt-4o", "--model", "o3"), ["o3", "gpt-4o"]),
        (("--end", "2026-11-01"), ["o3"]),
        (("--start", "2026-11-01"), ["gpt-5", "gpt-4o"]),
        (("--start", "2026-11-01T02:00", "--timezone", "Europe/Berlin"), []),
    ],
)
def test_a_part_of_the_ledger(
    options: tuple[str, ...], models: list[str], db: Path, tokenlake: Command, answer: Callable[..., Any]
) -> None:
    """By model and by time, start inclusive and end exclusive; only that part changes."""
    assert models == [row["model"] for row in answer("reprice", "--db", str(db), *options)]

    tokenlake("reprice", "--db", str(db), *options, "--apply")

    rest = [model for model in ("o3", "gpt-5", "gpt-4o") if model not in models]
    assert rest == [row["model"] for row in answer("reprice", "--db", str(db))]


def test_missing_prices_are_listed(db: Path, answer: Callable[..., Any]) -> None:
    """Models with tokens and no cost: the unknown one, and one that has a price by now."""
    rows = answer("prices", "--missing", "--db", str(db))

    assert [("o3", 1, MILLION, True), ("our-model", 1, MILLION, False)] == [
        (row["model"], row["calls"], row["total_tokens"], row["has_price_now"]) for row in rows
    ]


def test_a_price_file_fills_the_gap(
    db: Path, tmp_path: Path, tokenlake: Command, answer: Callable[..., Any]
) -> None:
    """4 USD for a million tokens of a model that no list has, then nothing is missing."""
    file = tmp_path / "prices.toml"
    file.write_text(OUR_MODEL)

    tokenlake("reprice", "--db", str(db), "--prices", str(file), "--apply")

    assert (None, 4.0, 4.0) == costs(db)["unknown"]
    assert [] == answer("prices", "--missing", "--db", str(db))


def test_the_price_of_a_model(answer: Callable[..., Any]) -> None:
    """What the name was taken for, and each rate with its tier."""
    found = answer("prices", "models/gemini-2.5-pro", "--provider", "gcp.gemini")

    assert ("list", "google", "gemini-2.5-pro") == (found["source"], found["provider"], found["model"])
    assert [(0, 1.25), (200_000, 2.5)] == [
        (rate["above_input_tokens"], rate["usd"]) for rate in found["rates"] if rate["unit"] == "input"
    ]


def test_the_price_of_a_model_as_a_table(tokenlake: Command) -> None:
    """People see names and figures."""
    shown = tokenlake("prices", "gpt-5", "--provider", "azure.ai.openai").out

    assert "gpt-5 is azure gpt-5 (list price)" in shown
    assert "1.250000" in shown


def test_no_missing_price_is_said_in_words(tmp_path: Path, tokenlake: Command) -> None:
    """A ledger without rows has no model without a price; the command says so instead of nothing."""
    empty = tmp_path / "empty.duckdb"
    open_file(empty).close()
    outcome = tokenlake("prices", "--missing", "--db", str(empty))

    assert (0, "Tokens without a price: every model has a price") == (outcome.code, outcome.out.strip())


def test_a_running_collector_is_named_as_the_reason(db: Path, tokenlake: Command) -> None:
    """Its ledger can be neither repriced nor read meanwhile."""
    with running_collector(db):
        results = [
            tokenlake(*command, "--db", str(db))
            for command in (("reprice",), ("reprice", "--apply"), ("prices", "--missing"))
        ]

    message = f"tokenlake: {db}: in use by another process (a collector?): stop it first\n"
    assert [(2, message)] * 3 == [(result.code, result.err) for result in results]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("prices",), "name a model, or say --missing"),
        (("prices", "gpt-5", "--missing"), "name a model, or say --missing"),
        (("prices", "our-model"), "our-model: no price is known"),
        (("prices", "gpt-5", "--prices", "none.toml"), "none.toml: cannot be read"),
        (("prices", "--missing", "--db", "none.duckdb"), "none.duckdb does not exist"),
        (("reprice", "--apply", "--db", "none.duckdb"), "none.duckdb does not exist"),
        (("reprice", "--start", "soon"), "start_time='soon' is no point in time"),
    ],
)
def test_what_a_person_can_mend_is_one_line(
    arguments: tuple[str, ...], words: str, tokenlake: Command
) -> None:
    """Exit code 2, and the remedy."""
    result = tokenlake(*arguments)

    assert (2, "", 1) == (result.code, result.out, len(result.err.splitlines()))
    assert result.err.startswith("tokenlake: ")
    assert words in result.err
