"""Pictures of the page, kept for people to look at: `build/screenshots`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from harness.browser import Watched, settled, watched_page
from harness.collector_process import CollectorProcess, running_collector
from harness.invented_calls import write_invented_calls
from harness.repository import ROOT

pytestmark = pytest.mark.debian

FOLDER = ROOT / "build" / "screenshots"


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    """A collector with two months of calls."""
    with running_collector(
        write_invented_calls(tmp_path_factory.mktemp("invented") / "usage.duckdb")
    ) as collector:
        yield collector


def keep(watched: Watched, name: str, **options: Any) -> Path:
    """Take a picture of what is drawn, and return its file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    settled(watched.page)
    if watched.page.locator(".chart").count():
        watched.page.wait_for_selector(".chart rect[data-bar]")
    path = FOLDER / f"{name}.png"
    watched.page.screenshot(path=path, **options)
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_drawn_in_every_size_and_theme(
    width: int, scheme: str, browser: Browser, invented: CollectorProcess
) -> None:
    """Overview, session and trace: no complaint, nothing wider than the window, all three in the folder."""
    with watched_page(browser, width, color_scheme=scheme) as watched:
        page = watched.show(f"{invented.http}/?range=30d")
        kept = [keep(watched, f"overview-{width}-{scheme}", full_page=True)]
        page.locator("#sessions tbody a").first.click()
        page.wait_for_selector("#calls")
        kept.append(keep(watched, f"session-{width}-{scheme}", full_page=True))
        page.locator("#calls tbody a").first.click()
        page.wait_for_selector("#trace")
        kept.append(keep(watched, f"trace-{width}-{scheme}", full_page=True))

        assert [] == watched.complaints
        assert width == page.evaluate("document.documentElement.scrollWidth")
        assert all(path.stat().st_size > 10_000 for path in kept)


def test_the_picture_of_the_documentation(browser: Browser, invented: CollectorProcess) -> None:
    """The first screen of the last month; docs/images/dashboard.png is a copy of it."""
    with watched_page(browser) as watched:
        watched.show(f"{invented.http}/?range=30d")
        picture = keep(watched, "documentation")

    assert picture.stat().st_size < 200_000
