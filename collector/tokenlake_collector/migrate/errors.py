"""What cannot be moved as asked."""

from __future__ import annotations


class MigrationError(ValueError):
    """The message names the ledger and the remedy."""
