"""`tokenlake run`: a program with tracking, without a line of code in it."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

from tokenlake.lifetime import bootstrap
from tokenlake.lifetime.environment import SETTINGS

_BOOTSTRAP: Final = str(Path(bootstrap.__file__).parent)


def main(arguments: Sequence[str]) -> NoReturn:
    """Run `tokenlake run` with what follows these two words on the command line."""
    parser = argparse.ArgumentParser(
        prog="tokenlake run",
        description="Run a program with token tracking. Its exit status and signals are its own.",
    )
    for one in SETTINGS:
        meaning = f"{one.meaning} [{one.variable}]"
        parser.add_argument(one.option, dest=one.variable, metavar="TEXT", help=meaning)
    parser.add_argument("command", nargs=argparse.REMAINDER, help="the program and its arguments, after --")
    options = vars(parser.parse_args(arguments))
    command = options.pop("command")
    if command[:1] == ["--"]:
        command = command[1:]
    if not command:
        parser.error("no program given: tokenlake run -- python agent.py")
    execute(command, {variable: value for variable, value in options.items() if value is not None})


def execute(command: Sequence[str], variables: Mapping[str, str]) -> NoReturn:
    """Become this program, with these variables on top of the environment.

    Raises:
        SystemExit: when it cannot be started, with a shell's exit status: 127 not found, else 126.
    """
    environ = {**os.environ, **variables}
    paths = environ.get("PYTHONPATH", "").split(os.pathsep)
    behind = [path for path in paths if path not in ("", _BOOTSTRAP)]
    environ["PYTHONPATH"] = os.pathsep.join([_BOOTSTRAP, *behind])
    try:
        os.execvpe(command[0], list(command), environ)  # noqa: S606  # the user's own command
    except OSError as error:
        sys.stderr.write(f"tokenlake run: {command[0]}: {error.strerror}\n")
        raise SystemExit(127 if isinstance(error, FileNotFoundError) else 126) from None
