"""What a lake refuses to open, and that nothing that it says shows a password."""

from __future__ import annotations

import pytest

from harness.lakes import Lakes, collectors_of
from tokenlake_collector.errors import CollectorError, StartupError
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries.errors import LedgerError
from tokenlake_queries.lake import connect_lake, shown

SECRET = "geheim"  # noqa: S105 - opens nothing
NEWER = "INSERT INTO tokenlake_migrations (version, name) VALUES (999, 'newer')"
NOWHERE = "host=127.0.0.1 port=1 dbname=x"


def test_a_newer_schema_is_refused(lakes: Lakes) -> None:
    """Another version of the program migrated it: the message says what to do."""
    with lakes.ledger() as name:
        with collectors_of(name, 1) as (collector,):
            collector.ledger.transaction(
                lambda c: c.execute(
                    "INSERT INTO tokenlake_migrations (version, name) VALUES (999, 'x')"
                ).fetchall()
            )
        with pytest.raises(StartupError, match=r"written by a newer tokenlake \(schema 999.*: upgrade"):
            Ledger.open(name)


@pytest.mark.parametrize(
    "address",
    [
        f"{NOWHERE} password={SECRET}",
        f"{NOWHERE} password = '{SECRET} and \\' more'",
        f"postgresql://ann:{SECRET}@127.0.0.1:1/x",
        f"postgresql://ann@127.0.0.1:1/x?password={SECRET}",
    ],
)
def test_a_password_is_never_shown(address: str) -> None:
    """Neither in the name nor in what PostgreSQL or DuckDB say about it."""
    name = f"ducklake:postgres:{address}"
    with pytest.raises(LedgerError) as of_reader:
        connect_lake(name, read_only=True)
    with pytest.raises(CollectorError) as of_collector:
        Ledger.open(name)

    for text in (shown(name), str(of_reader.value), str(of_collector.value)):
        assert "127.0.0.1" in text
        assert SECRET not in text
        assert "more" not in text
