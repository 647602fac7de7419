"""The questions in the documents are answered through the guard, on a ledger of recorded traffic."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.captures import cases
from harness.markdown import Document
from harness.repository import ROOT
from tokenlake_collector.cli.sql_source import answer

QUESTIONS = {
    f"{name}:{block.line}": block.text
    for name in ("docs/sql.md", "README.md")
    for block in Document.read(ROOT / name).blocks
    if block.language == "sql"
}


def test_there_are_as_many_as_the_documents_say() -> None:
    """Twenty questions (the last has two statements), and the README's first line and five."""
    assert 21 == sum(place.startswith("docs/") for place in QUESTIONS)
    assert 6 == sum(place.startswith("README.md") for place in QUESTIONS)


@pytest.mark.parametrize("place", QUESTIONS)
def test_a_question_is_answered(place: str, file: Path) -> None:
    """It passes the guard and runs."""
    assert answer(str(file), QUESTIONS[place]).num_columns > 0


def test_the_first_answer_is_the_truth(file: Path) -> None:
    """All tokens of all recorded runs, as their providers billed them."""
    expected = sum(case.totals["input_tokens"] + case.totals["output_tokens"] for case in cases())
    first = next(text for place, text in QUESTIONS.items() if place.startswith("docs/"))

    assert [expected] == answer(str(file), first)["tokens"].to_pylist()
