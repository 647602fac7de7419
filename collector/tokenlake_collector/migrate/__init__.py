"""A ledger moved into another one, from a file to DuckLake or back, hour by hour, and compared at the end."""

from tokenlake_collector.migrate.errors import MigrationError
from tokenlake_collector.migrate.migration import Migrated, Told, migrate
from tokenlake_collector.migrate.source import Source

__all__ = ["Migrated", "MigrationError", "Source", "Told", "migrate"]
