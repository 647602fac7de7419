"""Recorded export requests of real instrumentations, each run with the totals that are true of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tokenlake_collector.errors import StartupError
from tokenlake_collector.signals import Signal

# In an installed package the recordings lie here; in a checkout they are the tests' own.
_PLACES = (
    Path(__file__).parent / "captures",
    Path(__file__).parents[3] / "tests" / "data" / "captures",
)


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded run: the true input and output tokens, and the bodies that were sent, in order."""

    name: str
    library: str
    input_tokens: int
    output_tokens: int
    files: tuple[Path, ...]


def recordings() -> list[Recording]:
    """Return the recordings that the demo replays.

    Raises:
        StartupError: they are not there (a wheel that was built without them).
    """
    folder = next((place for place in _PLACES if place.is_dir()), None)
    if folder is None:
        raise StartupError("the demo's recordings are missing: run it from a checkout, or install a release")
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    return [_recording(folder / name) for name in names]


def signal_of(file: Path) -> Signal:
    """Return the signal of a recorded body, which is a part of its name."""
    return Signal(file.stem.split("-")[1])


def _recording(folder: Path) -> Recording:
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    totals = truth["totals"]
    files = tuple(sorted(path for path in folder.iterdir() if path.name != "truth.json"))
    return Recording(
        folder.name, truth["library"], totals["input_tokens_total"], totals["output_tokens"], files
    )
