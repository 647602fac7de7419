"""docs/attributes.md says what the tables say."""

from __future__ import annotations

from pathlib import Path

from tokenlake_collector.dialects.document import document


def test_the_page_is_current() -> None:
    """Run `python -m tokenlake_collector.dialects.document > docs/attributes.md` after changing a table."""
    page = Path(__file__).parents[2] / "docs" / "attributes.md"

    assert document() == page.read_text(encoding="utf-8")
