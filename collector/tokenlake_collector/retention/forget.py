"""Take out of a ledger whatever names one user, or one session."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

import duckdb

from tokenlake_collector.storage.hours.sealing import forget_sums
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.sql import query, run


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what is to be forgotten: the exact `value` of a column."""

    column: Literal["user_id", "session_id"]
    value: str


def to_forget(connection: duckdb.DuckDBPyConnection, subject: Subject) -> dict[str, int]:
    """Return the rows of each table that name the subject."""
    [counts] = query(connection, __package__, "forget_counts", asdict(subject))
    return counts


def forget(ledger: Ledger, subject: Subject) -> None:
    """Delete the subject's rows of both tables, and its name in the tree between reports; all or nothing.

    The rows come back when their sender sends them again.

    Raises:
        CommitFailed: nothing was deleted.
    """

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        run(connection, "forget_rows", asdict(subject), __package__)
        forget_sums(connection)

    ledger.transaction(work)
