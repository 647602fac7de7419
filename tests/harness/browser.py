"""Debian's Chromium without a window, and a page whose every request and complaint is written down."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ZONE = "Europe/Berlin"
"""The zone of every page, whatever that of the machine is."""


@dataclass
class Watched:
    """A page, the addresses it asked for, and what it complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def show(self, url: str) -> Page:
        """Open an address and return when all of it is drawn."""
        self.page.goto(url)
        return settled(self.page)

    def value(self, selector: str) -> float:
        """Return the exact number behind a shown one."""
        return float(self.page.locator(selector).get_attribute("data-value") or "nan")

    def values(self, selector: str) -> list[float]:
        """Return the exact numbers behind all that match, in their order on the page."""
        found = self.page.locator(selector)
        return [float(one.get_attribute("data-value") or "nan") for one in found.all()]

    def note(self, message: ConsoleMessage) -> None:
        """Write down what goes to the console as an error or a warning."""
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


def settled(page: Page) -> Page:
    """Return a page when it shows what its address says."""
    page.wait_for_selector("main:not([aria-busy])")
    return page


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium for the length of a block."""
    program = shutil.which("chromium")
    assert program, "the program chromium is missing: apt-get install chromium"
    with sync_playwright() as playwright:
        # Containers run as root, where Chromium's sandbox does not start; it only sees our own pages.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextlib.contextmanager
def watched_page(browser: Browser, width: int = 1280, **options: Any) -> Iterator[Watched]:
    """Open a page of this width in pixels that remembers nothing of others; options as for a context."""
    viewport: Any = {"width": width, "height": 900}
    context = browser.new_context(viewport=viewport, timezone_id=ZONE, locale="en-GB", **options)
    watched = Watched(context.new_page())
    watched.page.on("request", lambda request: watched.requests.append(request.url))
    watched.page.on("console", watched.note)
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    yield watched
    context.close()
