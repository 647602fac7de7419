"""docs/scale.md has the chores of a lake with their periods, and the variables that lead to a store."""

from __future__ import annotations

import re

from harness.markdown import Document
from harness.repository import ROOT
from tokenlake_collector.storage.lake.upkeep import CHORES

PAGE = Document.read(ROOT / "docs" / "scale.md")
SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}


def test_every_chore_is_in_the_table_with_its_period() -> None:
    """By the name that the log has for it, in the order in which they are done."""
    periods = [(row[0], row[1].split()) for row in PAGE.tables["Chores"]]

    documented = [(name, int(number) * SECONDS[unit.rstrip("s")]) for name, (number, unit) in periods]

    assert documented == [(chore.name, chore.every_s) for chore in CHORES]


def test_every_variable_of_a_store_is_explained() -> None:
    """All that begin with AWS_ in the code stand on the page, and no others."""
    code = (ROOT / "queries" / "tokenlake_queries" / "lake.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")

    assert set(re.findall(r"AWS_\w+", code)) == set(re.findall(r"AWS_\w+", page))
