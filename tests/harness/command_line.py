"""The real command line of `tokenlake`, as typer knows it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

import typer
from typer.core import TyperGroup
from typer.main import get_command

from tokenlake_collector.cli.app import app

NAME = "tokenlake"

# At the start of a command: after a prompt, an operator or assignments; up to the next operator.
_CALL = re.compile(
    rf"(?:^|[|&;(]|\$ ) *(?:\w+=\S+ +)*{NAME}(?P<arguments>(?: [^\n|&;>)]*)?)(?=$|[|&;>)])", re.MULTILINE
)


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """One option of one command; `default` as a document shows it, empty for none."""

    command: str
    option: str
    variable: str
    default: str


def commands() -> list[str]:
    """Return all commands with their full names, the console itself first."""
    return list(_tree())


def settings() -> set[Setting]:
    """Return every option of every command; `--version` is the console script's own."""
    declared = {
        Setting(name, option, _text(parameter.envvar), _default(parameter.default))
        for name, command in _tree().items()
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    return declared | {Setting(NAME, "--version", "", "off")}


def complaint(arguments: list[str]) -> str:
    """Return what the real parser does not accept of the words behind `tokenlake`; empty if it takes all."""
    if arguments in (["--version"], ["--help"]):
        return ""
    command = get_command(app)
    name = NAME
    while isinstance(command, TyperGroup):
        if not arguments or arguments[0] not in command.commands:
            return f"{name} has no command {arguments[:1]}"
        name = f"{name} {arguments[0]}"
        command, arguments = command.commands[arguments[0]], arguments[1:]
    try:
        command.make_context(name, list(arguments)).close()
    except typer.Exit:
        return ""
    except Exception as error:  # noqa: BLE001 - typer hides the class of its usage errors in a private module
        return f"{name}: {error}"
    return ""


def calls_in(script: str) -> list[list[str]]:
    """Return the arguments of every call of `tokenlake` in shell text, pipelines and variables included."""
    joined = script.replace("\\\n", " ")
    return [shlex.split(call["arguments"], comments=True) for call in _CALL.finditer(joined)]


def _tree() -> dict[str, typer.core.TyperCommand | TyperGroup]:
    found: dict[str, typer.core.TyperCommand | TyperGroup] = {}
    waiting: list[tuple[str, object]] = [(NAME, get_command(app))]
    for name, command in waiting:
        assert isinstance(command, typer.core.TyperCommand | TyperGroup)
        found[name] = command
        if isinstance(command, TyperGroup):
            waiting += [(f"{name} {key}", inner) for key, inner in command.commands.items()]
    return found


def _text(variable: object) -> str:
    return variable if isinstance(variable, str) else ""


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else str(value)
