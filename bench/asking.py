"""Statistics that are asked over HTTP at a steady rate, each kind by a client of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

Times = Mapping[str, list[float]]
"""How long each kind's answers took, in ms."""


@contextmanager
def asking(base_url: str, paths: Mapping[str, str], a_second: float, times: Times) -> Iterator[None]:
    """Ask during the block: `a_second` questions in all, in turns; each answer's time goes into `times`.

    A kind whose answer takes longer than its turn is asked again at once.

    Raises:
        httpx.HTTPError: at the end of the block, when a question failed.
    """
    ended, begun, every = threading.Event(), time.monotonic(), len(paths) / a_second
    with ThreadPoolExecutor(len(paths)) as pool:
        asked = [
            pool.submit(_ask, f"{base_url}/{path}", begun + place / a_second, every, times[name], ended)
            for place, (name, path) in enumerate(paths.items())
        ]
        try:
            yield
        finally:
            ended.set()
        for one in asked:
            one.result()


def _ask(url: str, due: float, every: float, times: list[float], ended: threading.Event) -> None:
    with httpx.Client(timeout=120) as client:
        while not ended.wait(max(0.0, due - time.monotonic())):
            begun = time.monotonic()
            client.get(url).raise_for_status()
            times.append((time.monotonic() - begun) * 1000)
            due += every
