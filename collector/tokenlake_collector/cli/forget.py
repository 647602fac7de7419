"""`tokenlake forget`: delete whatever names one user, or one session."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from tokenlake_collector.cli.money import LedgerFile, print_table, reading
from tokenlake_collector.cli.source import DEFAULT_DB
from tokenlake_collector.retention import Subject, to_forget
from tokenlake_collector.retention import forget as delete
from tokenlake_collector.storage.ledger import Ledger

_STAYS = (
    "Backups, exports and what senders still hold stay as they are: docs/data.md says how to deal with them."
)


def forget(
    user: Annotated[str | None, typer.Option(help="The user_id to forget, exactly as stored.")] = None,
    session: Annotated[str | None, typer.Option(help="The session_id to forget, exactly as stored.")] = None,
    db: LedgerFile = DEFAULT_DB,
    apply: Annotated[
        bool, typer.Option("--apply", help="Delete; without it, only show what would be.")
    ] = False,
) -> None:
    """Delete all rows of one user or session; no collector may hold the file.

    Example: tokenlake forget --user user-456
    """
    subject = _subject(user, session)
    with reading(db) as connection:
        rows = to_forget(connection, subject)
    print_table([dict(rows)], f"Rows with {subject.column} {subject.value}", "")
    if apply:
        with closing(Ledger.open(db)) as ledger:
            delete(ledger, subject)
        typer.echo(f"They are deleted. {_STAYS}", err=True)
    else:
        typer.echo("Nothing was changed; --apply deletes them.", err=True)


def _subject(user: str | None, session: str | None) -> Subject:
    if user is not None and session is None:
        return Subject("user_id", user)
    if session is not None and user is None:
        return Subject("session_id", session)
    raise ValueError("name one of --user and --session")
