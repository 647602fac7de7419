"""The examples of docs/agents.md, made ready to run against a collector of the test."""

from __future__ import annotations

from harness.collector_process import CollectorProcess
from harness.markdown import Document
from harness.repository import ROOT

_ADDRESS = "http://127.0.0.1:4318"


def examples(title: str, language: str, collector: CollectorProcess | None = None) -> list[str]:
    """Return the blocks in one language that stand under a heading, up to the next one.

    Args:
        title: the heading's text.
        language: of the blocks: python or sh.
        collector: whose address takes the place of the one on the page.
    """
    _, found, rest = Document.read(ROOT / "docs" / "agents.md").text.partition(f"# {title}\n")
    assert found, f"docs/agents.md has no heading {title!r}"
    section = Document(rest.partition("\n#")[0])
    texts = [block.text for block in section.blocks if block.language == language]
    return [text.replace(_ADDRESS, collector.http) if collector else text for text in texts]
