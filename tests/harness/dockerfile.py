"""A Dockerfile and a .dockerignore, read as an image builder reads them."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath

# fmt: off
INSTRUCTIONS = frozenset({
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "ONBUILD",
    "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `value` is all that follows it, continuation lines joined."""

    name: str
    value: str

    @property
    def words(self) -> list[str]:
        """The arguments: a JSON array's items, else the words, without leading `--flags`."""
        text = re.sub(r"^(--\S+\s+)+", "", self.value)
        text = text.removeprefix("CMD ").strip() if self.name == "HEALTHCHECK" else text
        return list(json.loads(text)) if text.startswith("[") else shlex.split(text)

    @property
    def flags(self) -> list[str]:
        """The `--flags` in front of the arguments."""
        leading = re.match(r"(--\S+\s+)*", self.value)
        return leading.group().split() if leading else []


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The instructions, in order."""

    instructions: list[Instruction]

    @classmethod
    def parse(cls, text: str) -> Dockerfile:
        """Split a file into instructions; comments and empty lines are left out."""
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
        return cls([Instruction(*line.split(maxsplit=1)) for line in joined.splitlines()])

    def all(self, name: str) -> list[Instruction]:
        """Return all instructions of a name."""
        return [instruction for instruction in self.instructions if instruction.name == name]

    def last(self, name: str) -> Instruction:
        """Return the last instruction of a name, the one that holds."""
        return self.all(name)[-1]

    @property
    def sources(self) -> list[str]:
        """The paths that are copied out of the repository, not out of another stage."""
        copies = [copy for copy in self.all("COPY") + self.all("ADD") if "--from=" not in copy.value]
        return [source for copy in copies for source in copy.words[:-1]]


def is_ignored(path: str, dockerignore: str) -> bool:
    """Tell whether .dockerignore keeps a path out: the last line that matches it or its folder decides."""
    ignored = False
    for line in dockerignore.splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            kept = pattern.startswith("!")
            matcher = _matcher(pattern.lstrip("!").strip("/"))
            places = [path, *(str(parent) for parent in PurePosixPath(path).parents if parent.name)]
            if any(matcher.fullmatch(place) for place in places):
                ignored = not kept
    return ignored


def _matcher(pattern: str) -> re.Pattern[str]:
    translated = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(translated.get(piece, re.escape(piece)) for piece in pieces))
