"""A collector with the recorded traffic, and a browser that looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from harness.browser import Watched, chromium, watched_page
from harness.collector_process import CollectorProcess, running_collector
from tokenlake_collector.demo.recordings import recordings
from tokenlake_collector.demo.replay import Replay

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    """A collector that has received every recording."""
    with running_collector(tmp_path_factory.mktemp("recorded") / "usage.duckdb") as collector:
        with Replay(collector.grpc, collector.http) as replay:
            for recording in recordings():
                for file in recording.files:
                    replay.send(file)
        yield collector


@pytest.fixture(scope="session")
def ask(recorded: CollectorProcess) -> Ask:
    """Ask the statistics of the collector with the recordings, over HTTP."""

    def asked(name: str, **parameters: Any) -> Any:
        return httpx.get(f"{recorded.http}/{name}", params=parameters).raise_for_status().json()

    return asked


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for one file: while Playwright runs, its event loop is the thread's, and no other may be."""
    with chromium() as running:
        yield running


@pytest.fixture
def watched(browser: Browser, recorded: CollectorProcess) -> Iterator[Watched]:
    """A page that must not complain, and must ask nobody but the collector with the recordings."""
    with watched_page(browser) as page:
        yield page
        assert [] == page.complaints
        assert [] == [url for url in page.requests if not url.startswith(f"{recorded.http}/")]
