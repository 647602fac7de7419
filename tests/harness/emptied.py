"""Databases with an empty ledger on DuckLake, used again: to make its tables takes half a second."""

from __future__ import annotations

from harness.postgres import PostgreSQL
from tokenlake_queries.lake import SCHEMA

_KEPT = "empty_ledger"

_KEEP = f"""
DO $$ DECLARE name text; BEGIN
    CREATE SCHEMA {_KEPT};
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '{SCHEMA}' LOOP
        EXECUTE format('CREATE TABLE {_KEPT}.%I AS TABLE {SCHEMA}.%I', name, name);
    END LOOP;
END $$
"""

# Inlined rows have tables of their own, which come and go. The other tables keep their keys.
_EMPTY = f"""
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '{SCHEMA}' LOOP
        IF name LIKE 'ducklake_inlined_data_%' AND name <> 'ducklake_inlined_data_tables' THEN
            EXECUTE format('DROP TABLE {SCHEMA}.%I', name);
        END IF;
    END LOOP;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '{_KEPT}' LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS {SCHEMA}.%I (LIKE {_KEPT}.%I)', name, name);
        EXECUTE format('DELETE FROM {SCHEMA}.%I', name);
        EXECUTE format('INSERT INTO {SCHEMA}.%I TABLE {_KEPT}.%I', name, name);
    END LOOP;
END $$
"""


class Emptied:
    """Databases like one with a new ledger, whose data all are in its folder."""

    def __init__(self, postgres: PostgreSQL, name: str) -> None:
        """Take the name of that ledger; nobody may have it open."""
        self._postgres = postgres
        self._template = database_of(name)
        postgres.ask(_KEEP, self._template)
        self._free: list[str] = []
        self._taken: list[str] = []

    def take(self) -> str:
        """Return the name of an empty ledger that nobody else has."""
        database = self._free.pop() if self._free else self._postgres.new_database(self._template)
        self._taken.append(database)
        return self._postgres.ledger(database)

    def give_back(self) -> None:
        """Empty what was taken, all of which must be closed."""
        for database in self._taken:
            self._postgres.ask(_EMPTY, database)
        self._free += self._taken
        self._taken.clear()


def database_of(name: str) -> str:
    """Return the database in the name of a ledger."""
    return name.partition("dbname=")[2].split()[0]
