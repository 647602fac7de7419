"""A key that is pressed while something is shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from select import select

from tokenlake_collector.cli.live import Wait, pause

try:
    import termios
    import tty
except ImportError:  # Windows: Ctrl-C is there too
    CAN_READ_KEYS = False
else:
    CAN_READ_KEYS = True


@contextmanager
def until_pressed(key: str) -> Iterator[Wait]:
    """Let the terminal hand over keys one by one, and give a wait that says no when `key` is pressed."""
    if not CAN_READ_KEYS or not sys.stdin.isatty():
        yield pause
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield lambda seconds: not _pressed(key, seconds)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _pressed(key: str, seconds: float) -> bool:
    """Wait for a key; another one only makes the next frame come at once."""
    ready, _, _ = select([sys.stdin], [], [], seconds)
    return bool(ready) and os.read(sys.stdin.fileno(), 1) in (key.encode(), b"")
