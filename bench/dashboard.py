"""How long until the dashboard shows its charts, and all of its first page, in a real browser?

    make bench-dashboard

Chromium without a window opens the page of a collector over 1, 10 and 100 million rows: all of them, and the
last seven days. First visits are those of a new browser profile to a collector that was just started, so
neither has anything in memory (the file may be in the system's cache); the other visits follow in the same
browser. Medians, in ms since the page was asked for, as the page's own clock counts.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from ledgers import days, filled, shelf
from playwright.sync_api import Browser
from server import collecting

from harness.browser import Watched, chromium, watched_page

DRAWN = Path(__file__).with_name("drawn.js")

Visit = dict[str, float]
"""When the charts and when all of the page was drawn."""


def views(db: Path) -> dict[str, str]:
    """Return the addresses that are opened: everything, and seven days."""
    first, last = days(db)
    begins = {"all days": first, "last 7 days": max(first, last - timedelta(days=6))}
    return {
        name: "/?" + urlencode({"range": "custom", "from": begin, "to": last, "tz": "UTC"})
        for name, begin in begins.items()
    }


def visit(watched: Watched, url: str) -> Visit:
    """Open an address and return when it was drawn."""
    watched.page.goto(url, wait_until="commit")
    found: Visit = watched.page.evaluate("window.drawn")
    assert not watched.complaints, watched.complaints
    return found


def visits(browser: Browser, db: Path, view: str, starts: int, again: int) -> tuple[list[Visit], list[Visit]]:
    """Return the first visits to so many new collectors, and the following ones to the last of them."""
    first: list[Visit] = []
    for number in range(starts):
        with collecting(db) as server, watched_page(browser) as watched:
            watched.page.add_init_script(path=DRAWN)
            url = f"http://{server.http}{view}"
            first.append(visit(watched, url))
            if number + 1 == starts:
                return first, [visit(watched, url) for _ in range(again)]
    raise ValueError(f"starts is {starts}: at least one")


def cells(found: Sequence[Visit]) -> str:
    """Return medians of the charts and of the page as they stand in a line."""
    return "".join(f"{statistics.median(one[name] for one in found):9.0f}" for name in ("charts", "page"))


def main() -> None:
    """Print a line per ledger and view."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", default="1,10,100", help="sizes")
    parser.add_argument("--starts", type=int, default=3, help="collectors that are started, for first visits")
    parser.add_argument("--runs", type=int, default=7, help="visits after the first")
    parser.add_argument("--keep", type=Path, help="a folder where the ledgers stay, to be used again")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(shelf(given.keep))
        sizes = {millions: filled(folder, millions) for millions in map(int, given.millions.split(","))}
        browser = stack.enter_context(chromium())
        print(f"{'rows':>5}   {'view':12}  first: charts  page    again: charts  page")
        for millions, db in sizes.items():
            for name, view in views(db).items():
                first, again = visits(browser, db, view, given.starts, given.runs)
                print(f"{millions:3} M   {name:12}  {cells(first)}   {cells(again)}", flush=True)
    print("target: charts within 1,000 ms at 100 M rows")


if __name__ == "__main__":
    main()
