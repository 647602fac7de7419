"""What can go wrong with the place that is read; a wrong argument is a ValueError."""


class LedgerError(Exception):
    """The ledger cannot be read; the message names it and says what to do."""


class LedgerLocked(LedgerError):
    """The file is held by a running recorder: ask that one instead."""
