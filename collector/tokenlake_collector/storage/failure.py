"""What went wrong with the database, in words that name the remedy."""

from __future__ import annotations

_DAMAGED = ("Corrupt", "Could not read enough bytes")
_FULL = ("No space left", "File too large", "quota exceeded")


def explained(error: Exception) -> str:
    """Return the first line of an error, and what to do about it where that is known."""
    text = str(error)
    line = text.partition("\n")[0]
    if any(words in text for words in _FULL):
        return f"the disk is full: make room beside the ledger file, and all goes on by itself ({line})"
    if any(words in text for words in _DAMAGED):
        remedy = "stop the collector and put a copy made by `tokenlake backup` in its place"
        return f"the ledger file is damaged: {remedy} ({line})"
    return line
