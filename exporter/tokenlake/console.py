"""The console script `tokenlake`, which belongs to the base install; all but `run` is the collector's."""

import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Final, NoReturn, cast

from tokenlake.lifetime import run
from tokenlake.version import __version__

_GROUP: Final = "tokenlake.console"
_COMMANDS: Final = "collector"


def main() -> None:
    """Run the collector's command line, or say what to install (exit status 2)."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"tokenlake {__version__}\n")
        return
    if sys.argv[1:2] == ["run"]:
        run.main(sys.argv[2:])
    try:
        commands = _load_commands()
    except ImportError as error:
        _exit_without_collector(error)
    commands()


def _load_commands() -> Callable[[], object]:
    for entry_point in entry_points(group=_GROUP, name=_COMMANDS):
        return cast("Callable[[], object]", entry_point.load())
    raise ImportError(f"No entry point {_COMMANDS!r} in group {_GROUP!r}")


def _exit_without_collector(error: ImportError) -> NoReturn:
    install = "this command needs the collector: pip install 'tokenlake[collector]'"
    sys.stderr.write(f"tokenlake: {install} ({error})\n")
    raise SystemExit(2)
