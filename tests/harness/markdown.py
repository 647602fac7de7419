"""What a Markdown document holds: code, links and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^ *```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^ *```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`(?P<text>[^`]+)`(?!`)")
_LINK = re.compile(r"\]\(\s*<?(?P<inline>[^)\s>]+)|^ *\[[^\]]+\]: *(?P<reference>\S+)", re.MULTILINE)
_HEADING = re.compile(r"^#+ +(?P<title>.+?) *$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code; `line` is that of its fence."""

    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one file."""

    text: str

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a file."""
        return cls(path.read_text(encoding="utf-8"))

    @property
    def blocks(self) -> list[Block]:
        """The fenced blocks, in order."""
        return [
            Block(fence["language"], fence["text"], self.text.count("\n", 0, fence.start()) + 1)
            for fence in _FENCE.finditer(self.text)
        ]

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def spans(self) -> list[str]:
        """The code inside the text: what stands between single backticks."""
        return [span["text"] for span in _SPAN.finditer(self.prose)]

    @property
    def links(self) -> list[str]:
        """The targets of all links and images."""
        text = _SPAN.sub("", self.prose)
        return [link["inline"] or link["reference"] for link in _LINK.finditer(text)]

    @property
    def anchors(self) -> set[str]:
        """The names under which GitHub links to the headings."""
        titles = [heading["title"] for heading in map(_HEADING.match, self.prose.splitlines()) if heading]
        return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}

    @property
    def tables(self) -> dict[str, list[list[str]]]:
        """The rows of the tables under each heading, heads left out, backticks taken off."""
        found: dict[str, list[list[str]]] = {}
        title = ""
        for line in self.prose.splitlines():
            heading = _HEADING.match(line)
            if heading:
                title = heading["title"].replace("`", "")
                found.setdefault(title, [])
            elif line.startswith("|"):
                found.setdefault(title, []).append(_cells(line))
        return {title: _without_heads(rows) for title, rows in found.items()}


def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [part.replace("`", "").replace("\\|", "|").strip() for part in parts]


def _without_heads(rows: list[list[str]]) -> list[list[str]]:
    rules = [index for index, row in enumerate(rows) if set("".join(row)) <= set("-: ")]
    heads = {index - 1 for index in rules} | set(rules)
    return [row for index, row in enumerate(rows) if index not in heads]
