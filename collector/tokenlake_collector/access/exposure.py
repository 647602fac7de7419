"""Nobody else's machine reaches an open collector by accident."""

from __future__ import annotations

from tokenlake_collector.access.tokens import Tokens
from tokenlake_collector.addresses import Address
from tokenlake_collector.errors import StartupError


def refuse_exposure(option: str, address: Address, tokens: Tokens, *, insecure: bool) -> None:
    """Return when an address is this machine's own, or tokens are needed there, or the user insists.

    Raises:
        StartupError: anybody who reaches the address could read and write; the message has the remedies.
    """
    if tokens or insecure or address.is_loopback():
        return
    raise StartupError(
        f"{option} {address}: other machines could read and write the ledger there: set tokens "
        "(--tokens FILE, or TOKENLAKE_INGEST_TOKEN and TOKENLAKE_READ_TOKEN), listen on 127.0.0.1, "
        "or say --insecure"
    )
