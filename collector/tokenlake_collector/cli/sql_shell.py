"""The interactive shell of `tokenlake sql`."""

from __future__ import annotations

import atexit
import contextlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import duckdb
import typer

from tokenlake_queries import LedgerError

HISTORY = Path("~/.tokenlake_sql_history")

_PROMPT, _MORE = "tokenlake> ", "       ... "
_HELP = """Write a SELECT, over as many lines as it takes, and end it with ;
.tables         what can be read
.columns TABLE  its columns and what they mean
.help           this text
.quit           leave; also Ctrl-D. Ctrl-C forgets what was written so far, or ends what runs.
"""


def run_shell(run: Callable[[str], None]) -> None:
    """Read statements and give each to `run`, until the end of the input; an error ends none but its own."""
    _remember_lines()
    typer.echo("Read-only SQL. .help shows help, .quit leaves.")
    waiting = ""
    while True:
        try:
            line = input(_MORE if waiting else _PROMPT)
        except EOFError:
            typer.echo()
            return
        except KeyboardInterrupt:
            typer.echo()
            waiting = ""
            continue
        if not waiting and line.startswith("."):
            if line.strip() == ".quit":
                return
            _attempt(run, line)
            continue
        waiting = f"{waiting}{line}\n".lstrip()
        if waiting.rstrip().endswith(";"):
            _attempt(run, waiting)
            waiting = ""


def _attempt(run: Callable[[str], None], text: str) -> None:
    try:
        statement = _of_command(text) if text.startswith(".") else text
        if statement:
            run(statement)
    except (ValueError, LedgerError, duckdb.Error) as error:
        typer.echo(f"tokenlake: {error}", err=True)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)


def _of_command(line: str) -> str:
    """Return the statement that a command with a dot stands for; help needs none."""
    command, _, name = line.strip().partition(" ")
    if command == ".tables":
        return _sql("tables")
    if command == ".columns":
        return _sql("columns").replace("'token_usage'", f"'{name.strip().replace(chr(39), chr(39) * 2)}'")
    if command != ".help":
        raise ValueError(f"{command}: there are .tables, .columns, .help and .quit")
    typer.echo(_HELP, nl=False)
    return ""


def _sql(name: str) -> str:
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def _remember_lines() -> None:
    """Let arrow keys edit and recall lines, those of earlier days too, where Python has readline."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: PLC0415  # Python on Windows has none

        path = HISTORY.expanduser()
        with contextlib.suppress(OSError):
            readline.read_history_file(path)

        def write() -> None:
            with contextlib.suppress(OSError):
                readline.write_history_file(path)

        readline.set_history_length(1000)
        atexit.register(write)
