"""What cannot be exported or imported as asked."""

from __future__ import annotations


class TransferError(ValueError):
    """The message names the file or option and the remedy."""
