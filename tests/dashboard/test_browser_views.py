"""How the page is used: addresses, keyboard, themes, widths, and what it says when something is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from harness.browser import Watched, settled, watched_page
from harness.collector_process import CollectorProcess, running_collector
from harness.dashboard_views import view
from harness.free_ports import free_port
from harness.logged_collector import logged_collector
from harness.otlp import CHAT, NOON_NS, SpanSpec, trace_bytes

pytestmark = pytest.mark.debian

NOON = "/?range=custom&from=2026-05-28&to=2026-05-28&tz=UTC"
"""A view of the day of NOON_NS."""
READ = "read-secret-0123456789"
INGEST = "ingest-secret-0123456789"
HOSTILE = '<img src=x onerror="window.hacked=1">'
CALLS = "#tiles [data-figure=calls] .number"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[CollectorProcess]:
    """A collector that has received nothing."""
    with running_collector(tmp_path / "usage.duckdb") as collector:
        yield collector


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may complain: Chromium does so of every reply that is an error."""
    with watched_page(browser) as watched:
        yield watched.page


def send(collector: str, *spans: SpanSpec, token: str = "") -> None:
    headers = {"Content-Type": "application/x-protobuf", "x-api-key": token}
    httpx.post(f"{collector}/v1/traces", content=trace_bytes(*spans), headers=headers).raise_for_status()


def test_a_filter_is_an_address(watched: Watched, recorded: CollectorProcess) -> None:
    """A click on an endpoint shows its calls alone; reload keeps them, back and forward move between both."""
    page = watched.show(recorded.http + view())
    every = watched.value(CALLS)
    page.locator("#top-endpoint_name").get_by_role("link", name="gcp.gemini").click()
    expect(page.locator("#filters .chip")).to_contain_text("gcp.gemini")
    settled(page)
    few = watched.value(CALLS)
    watched.show(page.url)
    shown = [watched.value(CALLS), page.locator("#top-model tbody th").all_inner_texts()]
    page.go_back()
    page.wait_for_url(lambda url: "gcp.gemini" not in url)
    expect(page.locator(CALLS)).to_have_attribute("data-value", str(int(every)))
    page.go_forward()
    expect(page.locator(CALLS)).to_have_attribute("data-value", str(int(few)))

    # Of the 107 calls of the recordings four are gemini-cli's, and five google-genai's.
    assert (107, 9) == (every, few)
    assert [9, ["gemini-2.5-flash", "gemini-2.5-pro"]] == shown


def test_a_bare_address_is_completed(watched: Watched, recorded: CollectorProcess) -> None:
    """Range, group, unit and zone: whoever gets the link sees the same."""
    page = watched.show(recorded.http)

    assert page.url.endswith("/?range=7d&by=model&unit=tokens&tz=Europe%2FBerlin")


def test_controls_change_the_address(watched: Watched, recorded: CollectorProcess) -> None:
    """Each control does, and the title of the chart follows."""
    page = watched.show(recorded.http + view())
    page.get_by_role("link", name="Money").click()
    page.get_by_label("By", exact=True).select_option("user_id")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    expect(page.locator("#timeline .note").first).to_have_text("per day, Asia/Tokyo")

    assert "Money by user" == page.locator("#timeline-title").inner_text()
    assert "by=user_id&unit=money&tz=Asia%2FTokyo" in page.url


def test_a_filter_can_be_typed(watched: Watched, recorded: CollectorProcess) -> None:
    """The form offers what is there; the chip takes the filter away again."""
    page = watched.show(recorded.http + view())
    page.get_by_role("button", name="+ Filter").click()
    page.get_by_label("Column").select_option("service_name")
    page.get_by_label("Value").fill("gemini-cli")
    page.get_by_role("button", name="Add").click()
    chip = page.get_by_role("link", name="Remove the filter Service gemini-cli")
    # The one session of the recording of gemini-cli has four calls.
    expect(page.locator(CALLS)).to_have_attribute("data-value", "4")
    chip.click()
    expect(page.locator(CALLS)).to_have_attribute("data-value", "107")


def test_the_keyboard_is_enough(watched: Watched, recorded: CollectorProcess) -> None:
    """Tab reaches the first links with a visible focus, Enter follows one, arrows read the chart out."""
    page = watched.show(recorded.http + view())
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.textContent")
    page.locator("#range-24h").focus()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.locator(".chart svg").focus()
    page.keyboard.press("ArrowRight")
    tip = page.locator(".tip p").inner_text()
    page.locator("#unit-money").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("unit=money"))

    assert ("Skip to the figures", "solid") == (first, outline)
    assert tip.startswith("Fri 20 Nov")


def test_every_control_has_a_name(watched: Watched, recorded: CollectorProcess) -> None:
    """No link, button or field that a screen reader could not tell."""
    page = watched.show(recorded.http + view())
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, select, svg[role=img]")]
        .filter((one) => !(one.getAttribute("aria-label") || one.labels?.length || one.textContent.trim()))
        .map((one) => one.outerHTML)"""
    )

    assert [] == unnamed


def test_dark_and_light_follow_the_system_until_somebody_chooses(
    browser: Browser, recorded: CollectorProcess
) -> None:
    """Two grounds; the choice is kept by a reload."""
    grounds = {}
    for scheme in ("light", "dark"):
        with watched_page(browser, color_scheme=scheme) as watched:
            page = watched.show(recorded.http + view())
            grounds[scheme] = ground(page)
            page.get_by_role("button", name="Colours").click()
            watched.show(page.url)
            grounds[f"{scheme}, light chosen"] = ground(page)

    light, dark = "rgb(244, 246, 248)", "rgb(15, 20, 25)"
    assert {
        "light": light,
        "dark": dark,
        "light, light chosen": light,
        "dark, light chosen": light,
    } == grounds


def ground(page: Page) -> str:
    color: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return color


@pytest.mark.parametrize("what", ["", "&session=sess-101", "&session=&by=user_id", "&model=gpt-5&unit=money"])
def test_a_phone_scrolls_one_way_only(what: str, browser: Browser, recorded: CollectorProcess) -> None:
    """Nothing is wider than 390 pixels."""
    with watched_page(browser, 390) as watched:
        page = watched.show(recorded.http + view() + what)

        assert 390 == page.evaluate("document.documentElement.scrollWidth")
        assert [] == watched.complaints


def test_an_empty_ledger_says_how_to_begin(empty: CollectorProcess, page: Page) -> None:
    """The first call appears without a reload, ten seconds later by the page's clock."""
    page.clock.install()
    page.goto(empty.http)
    expect(page.locator("#empty")).to_contain_text(f"OTEL_EXPORTER_OTLP_ENDPOINT={empty.http}")
    now = int(page.evaluate("Date.now()")) * 1_000_000
    send(empty.http, SpanSpec(start_ns=now - 2_000_000_000))
    settled(page)
    page.clock.fast_forward(11_000)

    expect(page.locator(CALLS)).to_have_attribute("data-value", "1")


def test_live_refresh_can_be_switched_off(empty: CollectorProcess, browser: Browser) -> None:
    """Then an hour may pass without a question."""
    send(empty.http, SpanSpec())
    with watched_page(browser) as watched:
        page = watched.page
        page.clock.install()
        watched.show(empty.http + NOON)
        page.get_by_label("Live").uncheck()
        asked = len(watched.requests)
        page.clock.fast_forward(3_600_000)
        still = len(watched.requests)
        page.get_by_label("Live").check()
        settled(page)

        assert asked == still
        assert still < len(watched.requests)


def test_nothing_in_the_range_leads_to_where_something_is(empty: CollectorProcess, page: Page) -> None:
    """The day of the last call, and a link to the week before it."""
    send(empty.http, SpanSpec(start_ns=NOON_NS))
    page.goto(f"{empty.http}/?range=custom&from=2020-01-01&to=2020-01-02&tz=UTC")
    expect(page.locator("#empty")).to_contain_text("28 May 2026")
    page.get_by_role("link", name="Show the week before it").click()

    expect(page.locator(CALLS)).to_have_attribute("data-value", "1")


def test_what_came_in_a_span_stays_text(empty: CollectorProcess, browser: Browser) -> None:
    """A model, a user and a session that are markup are shown as they are, everywhere, and do not run."""
    names = {
        "gen_ai.request.model": HOSTILE,
        "user.id": HOSTILE,
        "gen_ai.conversation.id": HOSTILE,
        "error.type": HOSTILE,
    }
    send(empty.http, SpanSpec(CHAT | names, failed=True))
    with watched_page(browser) as watched:
        page = watched.show(empty.http + NOON)
        expect(page.locator("#top-model tbody th")).to_have_text(HOSTILE)
        page.locator("#top-model tbody a").click()
        expect(page.locator("#filters .chip")).to_contain_text(HOSTILE)
        settled(page)
        page.locator("#sessions tbody a").click()
        expect(page.locator("h1")).to_contain_text(HOSTILE)
        page.locator("#calls tbody a").click()
        expect(page.locator("#trace b").first).to_have_text(HOSTILE)

        assert page.evaluate("window.hacked") is None
        assert 0 == page.locator("img[src=x]").count()
        assert [] == watched.complaints


def test_the_page_asks_for_a_token(tmp_path: Path, page: Page) -> None:
    """A wrong one is told so; the right one shows the figures, and is kept as long as the tab."""
    tokens = {"TOKENLAKE_READ_TOKEN": READ, "TOKENLAKE_INGEST_TOKEN": INGEST}
    with logged_collector(tmp_path, environ=tokens) as guarded:
        send(guarded.http, SpanSpec(), token=INGEST)
        page.goto(guarded.http + NOON)
        page.get_by_label("Read token").fill(INGEST)
        page.get_by_role("button", name="Show the figures").click()
        expect(page.locator("#notice")).to_contain_text("read")
        page.get_by_label("Read token").fill(READ)
        page.get_by_role("button", name="Show the figures").click()
        expect(page.locator(CALLS)).to_have_attribute("data-value", "1")
        page.reload()
        expect(page.locator(CALLS)).to_have_attribute("data-value", "1")


def test_a_collector_that_comes_back_is_found_again(tmp_path: Path, page: Page) -> None:
    """The old figures stay while it is away, with a word about it."""
    db, port = tmp_path / "usage.duckdb", f"127.0.0.1:{free_port()}"
    with running_collector(db, "--http", port) as collector:
        send(collector.http, SpanSpec())
        page.clock.install()
        page.goto(collector.http + NOON)
        settled(page)
    page.clock.fast_forward(11_000)
    expect(page.locator("#notice")).to_contain_text("No answer from the collector")
    expect(page.locator(CALLS)).to_have_attribute("data-value", "1")
    with running_collector(db, "--http", port):
        page.clock.fast_forward(6_000)
        expect(page.locator("#notice")).to_be_empty()


def test_an_address_that_cannot_be_shown_says_why(recorded: CollectorProcess, page: Page) -> None:
    """A zone that does not exist, and the way back."""
    page.goto(recorded.http + view(tz="Mars/Olympus"))
    expect(page.locator("#notice")).to_contain_text("Mars/Olympus")
    page.get_by_role("link", name="Start again").click()

    expect(page.locator("#notice")).to_be_empty()
