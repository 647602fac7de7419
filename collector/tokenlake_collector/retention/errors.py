"""What cannot be taken out of a ledger as asked."""

from __future__ import annotations


class RetentionError(ValueError):
    """The message names the option, its value and the remedy."""
