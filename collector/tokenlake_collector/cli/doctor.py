"""`tokenlake doctor`: is everything in order, and what to do where it is not."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from tokenlake_collector.addresses import Address
from tokenlake_collector.cli.options import Json
from tokenlake_collector.cli.output import console
from tokenlake_collector.cli.source import Url, checked_url
from tokenlake_collector.doctor import Finding, Site, State, examine

_GRPC_PORT = 4317
_MARKS = {State.GOOD: ("ok", "green"), State.WRONG: ("WRONG", "bold red"), State.SKIPPED: ("skipped", "dim")}


def doctor(
    url: Url = None,
    grpc: Annotated[
        str | None,
        typer.Option(
            envvar="TOKENLAKE_GRPC", help="The OTLP/gRPC port, HOST:PORT; else 4317 at the host of --url."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Send a span over each transport of a running collector, find it again, and say what is wrong.

    Example: tokenlake doctor --url http://127.0.0.1:4318 --grpc 127.0.0.1:4317
    """
    findings = examine(_site(checked_url(url).rstrip("/"), grpc))
    if as_json:
        json.dump([asdict(finding) for finding in findings], sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        _show(findings)
    if any(finding.state is State.WRONG for finding in findings):
        raise typer.Exit(1)


def _site(url: str, grpc: str | None) -> Site:
    if grpc is not None:
        Address.parse("--grpc", grpc)
    try:
        host = Site(url, "", {}).http.host
    except ValueError as error:
        raise ValueError(f"--url {url!r}: write http://HOST:PORT ({error})") from error
    beside = f"[{host}]" if ":" in host else host
    return Site(url, grpc or f"{beside}:{_GRPC_PORT}", os.environ)


def _show(findings: Sequence[Finding]) -> None:
    grid = Table.grid(padding=(0, 2))
    for finding in findings:
        word, style = _MARKS[finding.state]
        said = Text(finding.found)
        if finding.remedy:
            said.append(f"\n→ {finding.remedy}", "bold")
        grid.add_row(Text(word, style), Text(finding.check), said)
    console().print(grid)
    wrong = sum(finding.state is State.WRONG for finding in findings)
    console().print(
        f"\n{wrong} of {len(findings)} checks found something wrong" if wrong else "\nall is well"
    )
