"""On a terminal: live views, colours, completion, help, and errors of one line."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.command_line import NAME, commands
from harness.commands_here import tokenlake
from harness.known_calls import Ledgers
from harness.pseudo_terminal import on_a_terminal


@pytest.mark.parametrize(
    "arguments",
    [
        "summary --by modell",
        "summary --where telegram",
        "summary --sort colour",
        "summary --limit -1",
        "timeline --interval minute",
        "total --since yesterday",
        "total --json --csv",
        "total --watch",
        "total --watch 0",
        "total --watch --json",
        "total --url localhost:4318",
        "total --timezone Mars",
        "top",
        "top --once --sort colour",
        "top --once --minutes 0",
        "doctor --grpc 4317",
        "doctor --url http://host:port",
    ],
)
def test_an_error_is_one_line_with_the_remedy(arguments: str, ledgers: Ledgers) -> None:
    """Exit code 2, nothing on standard output, and a colon before what to do."""
    said = tokenlake(*arguments.split(), TOKENLAKE_DB=str(ledgers.file))

    assert (2, "", 1) == (said.code, said.out, len(said.err.splitlines()))
    assert re.match(r"tokenlake: .+: .+", said.err)


def test_every_command_has_an_example_in_its_help() -> None:
    """--help shows how it is called."""
    names = [name.removeprefix(f"{NAME} ") for name in commands()[1:]]

    assert [] == [name for name in names if "Example: tokenlake " not in tokenlake(name, "--help").out]


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("summary --by model,us", "model,user"),
        ("timeline --where ch", "channel="),
        ("timeline --interval w", "week"),
        ("sessions --sort last", "last_timestamp"),
        ("top --sort m", "money"),
        ("doct", "doctor"),
    ],
)
def test_the_shell_completes(words: str, completed: str) -> None:
    """The console script answers bash with the one word that fits."""
    line = f"tokenlake {words}"
    answer = subprocess.run(
        [Path(sys.executable).with_name("tokenlake")],
        env={
            "_TOKENLAKE_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split()) - 1),
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert [completed] == answer.stdout.split()


def test_nothing_is_coloured_where_nobody_sees_it(ledgers: Ledgers) -> None:
    """A pipe gets no escape sequence."""
    assert "\x1b" not in tokenlake("timeline", "--db", ledgers.file).out


def test_no_color_is_obeyed(ledgers: Ledgers) -> None:
    """A terminal gets bold letters at most."""
    with on_a_terminal("summary", "--db", ledgers.file, NO_COLOR="1") as terminal:
        assert 0 == terminal.exit_code()

    assert b"1,230" in terminal.seen
    assert not re.search(rb"\x1b\[[\d;]*3\d", terminal.seen)


def test_watch_draws_again_until_ctrl_c(ledgers: Ledgers) -> None:
    """Three times the total of 1,230 tokens, in colours, and exit code 0."""
    with on_a_terminal("summary", "--watch", "0.1", "--db", ledgers.file) as terminal:
        terminal.wait_for(b"1,230", times=3)
        terminal.interrupt()

        assert 0 == terminal.exit_code()
        assert b"\x1b[36m" in terminal.seen
        assert b"Traceback" not in terminal.seen


@pytest.mark.parametrize("way", ["q", "Ctrl-C"])
def test_top_ends_by_a_key(way: str, ledgers: Ledgers) -> None:
    """It draws on a screen of its own, which is left as it was, and exit code 0."""
    with on_a_terminal("top", "--every", "0.1", "--db", ledgers.file) as terminal:
        terminal.wait_for(b"q ends", times=2)
        if way == "q":
            terminal.press(b"q")
        else:
            terminal.interrupt()

        assert 0 == terminal.exit_code()
        assert terminal.seen.index(b"\x1b[?1049h") < terminal.seen.index(b"\x1b[?1049l")
        assert b"Traceback" not in terminal.seen
