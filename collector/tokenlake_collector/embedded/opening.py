"""Open a file from inside an agent: the recorders of this process, one for each file."""

from __future__ import annotations

import os
import re
import threading
from collections import Counter
from pathlib import Path

from opentelemetry.sdk.trace.export import SpanExporter

from tokenlake.errors import EmbeddedModeError
from tokenlake_collector.embedded.exporter import EmbeddedSpanExporter
from tokenlake_collector.embedded.inheritance import end_silently, never_destroy
from tokenlake_collector.embedded.recorder import Recorder, one_process_only
from tokenlake_collector.errors import StartupError

_PRICES = "TOKENLAKE_PRICES"


class Recorders:
    """The open recorders and how many exporters use each.

    A second `init_token_tracking` on the same file opens its exporter before the first is closed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: Counter[Recorder] = Counter()

    def take(self, path: Path) -> Recorder:
        """Return the recorder of a file, opened if it is not yet.

        Raises:
            EmbeddedModeError: the process that this one was forked from writes the file.
            StartupError: the file cannot be used.
            OSError: it cannot be created.
        """
        with self._lock:
            found = next((one for one in self._users if one.path == path), None)
            if found and found.is_inherited:
                raise EmbeddedModeError(found.remedy)
            recorder = found or Recorder(path, os.environ.get(_PRICES))
            self._users[recorder] += 1
            return recorder

    def give_back(self, recorder: Recorder) -> None:
        """Close a recorder that nobody else uses."""
        with self._lock:
            self._users[recorder] -= 1
            if self._users[recorder] or recorder.is_inherited:
                return
            del self._users[recorder]
            recorder.close()

    def after_fork(self) -> None:
        """Keep what was inherited, untouched; a lock may be held by a thread that is not here."""
        self._lock = threading.Lock()
        for recorder in self._users:
            never_destroy(recorder)
        if self._users:
            end_silently()


_recorders = Recorders()
if hasattr(os, "register_at_fork"):  # Windows has no forks
    os.register_at_fork(after_in_child=_recorders.after_fork)


def open_embedded(path: Path) -> SpanExporter:
    """Open or create a ledger file and return the exporter that writes it, in this process.

    Costs are computed as a collector does: from list prices, and from the file that TOKENLAKE_PRICES names.

    Raises:
        EmbeddedModeError: the file cannot be used, by this process; the message says why and what to do.
    """
    path = path.expanduser().resolve()
    try:
        return EmbeddedSpanExporter(_recorders.take(path), _recorders.give_back)
    except StartupError as error:
        raise EmbeddedModeError(_explained(path, str(error))) from error
    except OSError as error:
        remedy = f"make room and check the permissions of {path.parent}, or choose another file"
        raise EmbeddedModeError(f"{path}: cannot be opened: {remedy} ({error})") from error


def _explained(path: Path, message: str) -> str:
    """Return what a collector would say of a file, in the words of who has no command line."""
    if holder := re.search(r"PID (\d+)", message):
        return one_process_only(path, int(holder[1]))
    return message.replace("another --db", "another file")
