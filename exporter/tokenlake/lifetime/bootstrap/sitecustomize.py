"""Runs when Python starts, before the program that `tokenlake run` started and in its child processes."""

import importlib
import sys
from pathlib import Path


def _run_the_one_behind() -> None:
    """Run the `sitecustomize` that this one hides, in its place."""
    here = Path(__file__).parent
    sys.path[:] = [entry for entry in sys.path if Path(entry) != here]
    this = sys.modules.pop("sitecustomize")
    try:
        importlib.import_module("sitecustomize")
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", this)


def _track() -> None:
    try:
        from tokenlake.lifetime.auto import install  # noqa: PLC0415  # the program may run in an environment without tokenlake
    except ImportError as error:
        sys.stderr.write(f"tokenlake: this Python cannot be tracked: {error}\n")
    else:
        install()


try:
    _run_the_one_behind()
finally:
    _track()
