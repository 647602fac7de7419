"""Ports that stay free for a server which is restarted on them."""

from __future__ import annotations

import random
import socket

# Below the range that outgoing connections take their ports from: while the server is down, one of its
# clients could otherwise be given the very port that it connects to, and hold it.
_FIRST, _LAST = 15_000, 30_000


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on."""
    while True:
        port = random.SystemRandom().randint(_FIRST, _LAST)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
