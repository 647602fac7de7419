"""The command line, assembled: one function per command, in files of their own."""

from __future__ import annotations

import os
import sys

import duckdb
import typer

from tokenlake_collector.cli.backup import backup
from tokenlake_collector.cli.demo import demo
from tokenlake_collector.cli.doctor import doctor
from tokenlake_collector.cli.explain import explain
from tokenlake_collector.cli.export import export
from tokenlake_collector.cli.forget import forget
from tokenlake_collector.cli.import_ import import_
from tokenlake_collector.cli.migrate import migrate
from tokenlake_collector.cli.prices import prices
from tokenlake_collector.cli.prune import prune
from tokenlake_collector.cli.rebuild import rebuild
from tokenlake_collector.cli.reprice import reprice
from tokenlake_collector.cli.run import run
from tokenlake_collector.cli.seconds import WatchCommand
from tokenlake_collector.cli.serve import serve
from tokenlake_collector.cli.sql import sql
from tokenlake_collector.cli.statistics import daily, sessions, summary, timeline, total
from tokenlake_collector.cli.top import top
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
statistics = (summary, timeline, sessions, total, daily)
ledgers = (backup, migrate, export, prune, forget, rebuild, reprice)
for command in (serve, demo, *statistics, top, doctor, sql, explain, prices, *ledgers, run):
    app.command(cls=WatchCommand if command in statistics else None)(command)
# The function's own name would be a keyword.
app.command("import")(import_)


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
