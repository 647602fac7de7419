"""What the page shows is what the interface says, number by number, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from harness.browser import Watched
from harness.captures import cases
from harness.collector_process import CollectorProcess
from harness.dashboard_views import RANGE, view

pytestmark = pytest.mark.debian

Ask = Callable[..., Any]


def counted_tokens(nodes: list[dict[str, Any]]) -> int:
    """Add up input and output of the counted reports of a trace, as the interface explains it."""
    own: list[dict[str, int]] = [node["stored"] for node in nodes if node.get("verdict") == "counted"]
    below = sum(counted_tokens(node["children"]) for node in nodes)
    return below + sum(stored["input_tokens"] + stored["output_tokens"] for stored in own)


@pytest.mark.parametrize("key", ["input_tokens", "output_tokens"])
def test_the_tiles_show_what_was_recorded(key: str, watched: Watched, recorded: CollectorProcess) -> None:
    """Tokens are those of the truth files, whatever the collector says."""
    watched.show(recorded.http + view())

    assert sum(case.totals[key] for case in cases()) == watched.value(f"[data-figure={key}] .number")


def test_the_tiles_show_the_total(watched: Watched, recorded: CollectorProcess, ask: Ask) -> None:
    """Every tile, its share worked out by hand where it is one."""
    watched.show(recorded.http + view())
    total = ask("metrics/token/total", **RANGE)
    (times,) = ask("metrics/token/latency", **RANGE)

    expected = {
        "total_tokens": total["total_tokens"],
        "estimated_cost": total["estimated_cost"],
        "calls": total["calls"],
        "errors": total["errors"] / total["calls"],
        "cache_read_tokens": total["cache_read_tokens"] / total["input_tokens"],
        "p95_duration_ms": times["p95_duration_ms"],
    }

    assert expected == {key: watched.value(f"#tiles [data-figure={key}] .number") for key in expected}


def test_the_tiles_say_what_caching_saved(watched: Watched, recorded: CollectorProcess, ask: Ask) -> None:
    """The estimate of the interface, in cents."""
    page = watched.show(recorded.http + view())
    saved = ask("metrics/token/savings", **RANGE)["saved_cost"]

    assert f"saved about ${saved:.2f}" == page.locator("[data-figure=cache_read_tokens] .aside").inner_text()


@pytest.mark.parametrize(("unit", "figure"), [("tokens", "total_tokens"), ("money", "estimated_cost")])
@pytest.mark.parametrize("by", ["model", "user_id"])
def test_the_bars_add_up_to_the_total(
    by: str, unit: str, figure: str, watched: Watched, recorded: CollectorProcess, ask: Ask
) -> None:
    """Eight groups and all others together, and the largest group's bars alone."""
    watched.show(recorded.http + view(by=by, unit=unit)).wait_for_selector(".chart rect[data-bar]")
    total = ask("metrics/token/total", **RANGE)
    first = ask("metrics/token/summary", **RANGE, group_by=by, sort=figure, limit=1)[0]

    assert pytest.approx(total[figure]) == sum(watched.values(".chart rect[data-bar]"))
    assert pytest.approx(first[figure]) == sum(watched.values(".chart rect.k0"))


@pytest.mark.parametrize("column", ["model", "user_id", "service_name"])
def test_a_table_shows_the_largest_groups(
    column: str, watched: Watched, recorded: CollectorProcess, ask: Ask
) -> None:
    """Names and tokens of the eight largest, in their order."""
    page = watched.show(recorded.http + view())
    rows = ask("metrics/token/summary", **RANGE, group_by=column)[:8]
    found = page.locator(f"#top-{column} tbody tr")
    shown = [
        (row.locator("th").inner_text(), row.locator(".share .number").get_attribute("data-value"))
        for row in found.all()
    ]

    assert [(row[column] or "(none)", str(row["total_tokens"])) for row in rows] == shown


def test_numbers_are_short_and_exact_in_their_titles(watched: Watched, recorded: CollectorProcess) -> None:
    """863,447 input tokens by the truth files: 863K to the eye."""
    page = watched.show(recorded.http + view())
    number = page.locator("#tiles [data-figure=input_tokens] .number")

    assert ("863K", "863,447") == (number.inner_text(), number.get_attribute("title"))


def test_sessions_come_in_pages(watched: Watched, recorded: CollectorProcess, ask: Ask) -> None:
    """Fifteen of sixteen first, the last one on the second page, which is an address of its own."""
    page = watched.show(recorded.http + view())
    every = [row["session_id"] or "(none)" for row in ask("metrics/token/sessions", **RANGE)]
    first = page.locator("#sessions tbody th").all_inner_texts()
    page.get_by_role("link", name="older →").click()
    expect(page.locator("#sessions tbody tr")).to_have_count(1)

    assert (every[:15], every[15:]) == (first, page.locator("#sessions tbody th").all_inner_texts())
    assert "page=2" in page.url


def test_missing_sessions_are_warned_about(watched: Watched, recorded: CollectorProcess, ask: Ask) -> None:
    """The tokens without a session, and what to set."""
    page = watched.show(recorded.http + view())
    absent = ask("metrics/token/total", **RANGE, session_id="")["total_tokens"]

    assert absent == watched.value("[data-warning=session_id]")
    assert "gen_ai.conversation.id" in page.locator("[data-warning=session_id]").inner_text()


def test_latency_and_errors_are_shown_by_group(
    watched: Watched, recorded: CollectorProcess, ask: Ask
) -> None:
    """Mean, median, 95th percentile, calls, errors of the largest model."""
    watched.show(recorded.http + view())
    first = ask("metrics/token/summary", **RANGE, group_by="model", limit=1)[0]
    (times,) = ask("metrics/token/latency", **RANGE, model=first["model"])
    expected = [times[key] for key in ("avg_duration_ms", "p50_duration_ms", "p95_duration_ms")]

    assert [*expected, first["calls"], first["errors"], first["errors"]] == watched.values(
        "#latency tbody tr:first-child .number"
    )


def test_a_session_leads_to_its_calls_and_to_the_verdicts(
    watched: Watched, recorded: CollectorProcess, ask: Ask
) -> None:
    """From the list to a session's calls, to its trace with each report counted or not, and why."""
    page = watched.show(recorded.http + view())
    page.locator("#sessions").get_by_role("link", name="sess-101", exact=True).click()
    page.wait_for_selector("#calls")
    calls = ask("metrics/token/calls", session_id="sess-101")
    tokens = watched.values("#calls [data-figure=input_tokens]")
    # The last of them, the session's first, is one of four that two instrumentations reported.
    page.locator("#calls tbody a").last.click()
    page.wait_for_selector("#trace")

    assert 12 == len(calls)
    assert [call["input_tokens"] for call in calls] == tokens
    assert calls[-1]["trace_id"] in page.url
    assert "another report of the same call is counted instead" in page.locator("#trace").inner_text()
    assert counted_tokens(ask(f"explain/{calls[-1]['trace_id']}")) == watched.value(
        "[data-figure=counted_tokens]"
    )
