"""Why a statement is not run, or not run to its end."""

from __future__ import annotations


class Refused(ValueError):
    """The statement is not one that may read a ledger; the message says what may."""


class TooMuch(ValueError):
    """The statement takes longer, or returns more, than the limits allow."""
