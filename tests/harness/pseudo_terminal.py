"""A command on a terminal of its own, as a person sees and leaves it."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from harness.collector_process import clean_environment


@dataclass
class Terminal:
    """A running command, and what it has written so far."""

    process: subprocess.Popen[bytes]
    master: int
    seen: bytes = b""

    def wait_for(self, words: bytes, times: int = 1) -> None:
        """Read until the words have been written so often."""
        while self.seen.count(words) < times:
            self.seen += os.read(self.master, 65536)

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self.master, key)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def exit_code(self) -> int:
        """Read to the end and return the exit code."""
        with suppress(OSError):  # Linux says EIO when the other side is closed
            while data := os.read(self.master, 65536):
                self.seen += data
        return self.process.wait(timeout=30)


@contextmanager
def on_a_terminal(*arguments: object, **environment: str) -> Iterator[Terminal]:
    """Run `tokenlake` with a terminal as its input and output, 100 characters wide."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tokenlake_collector", *map(str, arguments)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=clean_environment() | {"COLUMNS": "100", "LINES": "40", "TERM": "xterm-256color"} | environment,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)
