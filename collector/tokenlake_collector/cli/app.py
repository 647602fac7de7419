"""The command line, assembled: one function per command, in files of their own."""

from __future__ import annotations

import os
import sys

import duckdb
import typer

from tokenlake_collector.cli.backup import backup
from tokenlake_collector.cli.demo import demo
from tokenlake_collector.cli.explain import explain
from tokenlake_collector.cli.prices import prices
from tokenlake_collector.cli.reprice import reprice
from tokenlake_collector.cli.serve import serve
from tokenlake_collector.cli.statistics import daily, sessions, summary, timeline, total
from tokenlake_collector.errors import StartupError
from tokenlake_collector.storage.failure import explained
from tokenlake_queries import LedgerError

app = typer.Typer(
    name="tokenlake",
    help="Where LLM tokens and money go: a collector for OpenTelemetry spans, and statistics over them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Options without a variable of their own have TOKENLAKE_<COMMAND>_<OPTION>.
    context_settings={"auto_envvar_prefix": "TOKENLAKE"},
)
for command in (serve, demo, summary, timeline, sessions, total, daily, explain, prices, reprice, backup):
    app.command()(command)


def main() -> None:
    """Run a command; what a person can mend is one line on stderr and exit code 2, not a traceback."""
    # Ledgers, their logs, temporary files and backups are for their owner alone, whoever creates them here.
    os.umask(0o077)
    try:
        app()
    except (StartupError, LedgerError, ValueError) as error:
        sys.stderr.write(f"tokenlake: {error}\n")
        sys.exit(2)
    except duckdb.Error as error:
        # A damaged block shows when it is first read, long after the file was opened.
        sys.stderr.write(f"tokenlake: {explained(error)}\n")
        sys.exit(2)
