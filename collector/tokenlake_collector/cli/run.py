"""`tokenlake run` in the list of commands; the console script of the base install runs it without this."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenlake.lifetime import run as program
from tokenlake.lifetime.environment import SETTINGS


def _option(name: str) -> typer.models.OptionInfo:
    (setting,) = (one for one in SETTINGS if one.name == name)
    option: typer.models.OptionInfo = typer.Option(
        setting.option, envvar=setting.variable, help=setting.meaning
    )
    return option


def run(
    command: Annotated[list[str], typer.Argument(help="The program and its arguments, after --.")],
    target: Annotated[str | None, _option("target")] = None,
    session_id: Annotated[str | None, _option("session_id")] = None,
    user_id: Annotated[str | None, _option("user_id")] = None,
    channel: Annotated[str | None, _option("channel")] = None,
    operation_type: Annotated[str | None, _option("operation_type")] = None,
    operation_detail: Annotated[str | None, _option("operation_detail")] = None,
    endpoint_name: Annotated[str | None, _option("endpoint_name")] = None,
) -> None:
    """Run a program with token tracking, without a line of code in it; exit status and signals are its own.

    Example: tokenlake run --channel telegram -- python agent.py
    """
    given = {
        "target": target,
        "session_id": session_id,
        "user_id": user_id,
        "channel": channel,
        "operation_type": operation_type,
        "operation_detail": operation_detail,
        "endpoint_name": endpoint_name,
    }
    program.execute(command, {one.variable: value for one in SETTINGS if (value := given[one.name])})
