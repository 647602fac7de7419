"""From one thread to another, one thing at a time."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Handover(Generic[Thing]):
    """A place for one thing: it is free again as soon as the other thread has taken it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._thing: Thing | None = None
        self._closed = False

    def wait_until_free(self) -> bool:
        """Wait until nothing lies here, and return True: there is always room in the end."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thing is None)

    def put(self, thing: Thing) -> None:
        """Lay a thing down."""
        self.wait_until_free()
        with self._changed:
            self._thing = thing
            self._changed.notify_all()

    def take(self) -> Thing | None:
        """Wait for a thing and take it; None when the giver has closed and nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._thing is not None or self._closed)
            thing, self._thing = self._thing, None
            self._changed.notify_all()
            return thing

    def close(self) -> None:
        """Say that nothing more comes."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
