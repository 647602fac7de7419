"""The same statistics from the library, over HTTP and on the command line, while the collector runs."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.captures import case
from harness.collector_process import CollectorProcess, clean_environment, running_collector
from tokenlake_queries import (
    LedgerLocked,
    get_token_sessions,
    get_token_summary,
    get_token_timeline,
    get_token_total,
)

RECORDED = ("openllmetry-openai", "openinference-langchain")


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    with running_collector(tmp_path_factory.mktemp("ledger") / "usage.duckdb") as running:
        for name in RECORDED:
            for payload in case(name).traces:
                httpx.post(
                    f"{running.http}/v1/traces",
                    content=payload,
                    headers={"Content-Type": "application/x-protobuf"},
                ).raise_for_status()
        yield running


def tokenlake(*arguments: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "tokenlake_collector", *arguments],
        capture_output=True,
        text=True,
        env=clean_environment() | {"COLUMNS": "120"},
        check=True,
        timeout=60,
    )
    return result.stdout


def get(collector: CollectorProcess, path: str) -> Any:
    return httpx.get(f"{collector.http}/metrics/token/{path}").raise_for_status().json()


def _where(*pairs: str) -> list[str]:
    return [word for pair in pairs for word in ("--where", pair)]


def true_total(name: str) -> int:
    total: int = case(name).truth["totals"]["total_tokens"]
    return total


def test_the_total_is_what_the_truth_files_say(collector: CollectorProcess) -> None:
    """Library, HTTP and command line all give the sum of the two recorded runs."""
    expected = sum(true_total(name) for name in RECORDED)

    assert expected == get_token_total(source=collector.http)["total_tokens"]
    assert expected == get(collector, "total")["total_tokens"]
    assert expected == json.loads(tokenlake("total", "--json", "--url", collector.http))["total_tokens"]


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("total", ["total"]),
        ("summary?group_by=model", ["summary", "--by", "model"]),
        ("summary?group_by=user_id,channel", ["summary", "--by", "user_id,channel"]),
        ("timeline?interval=hour", ["timeline", "--interval", "hour"]),
        (
            "timeline?interval=day&group_by=model&timezone=Asia/Kathmandu",
            ["timeline", "--by", "model", "--timezone", "Asia/Kathmandu"],
        ),
        (
            "sessions?limit=2&offset=1&sort=total_tokens",
            ["sessions", "--limit", "2", "--offset", "1", "--sort", "total_tokens"],
        ),
        ("daily?days=3", ["daily", "--days", "3"]),
        (
            "summary?model=o4-mini-2025-04-16&session_id=sess-002&session_id=sess-201",
            ["summary", *_where("model=o4-mini-2025-04-16", "session_id=sess-002", "session_id=sess-201")],
        ),
    ],
)
def test_http_and_command_line_agree(path: str, command: list[str], collector: CollectorProcess) -> None:
    """The command's JSON is the reply's JSON."""
    assert get(collector, path) == json.loads(tokenlake(*command, "--json", "--url", collector.http))


def test_the_library_agrees_with_http(collector: CollectorProcess) -> None:
    """A collector's URL as source gives the rows of the collector's own functions, datetimes included."""
    over_http = get_token_timeline("hour", group_by="model", source=collector.http)

    assert (
        over_http[0]["timestamp"].isoformat()
        == get(collector, "timeline?interval=hour&group_by=model")[0]["timestamp"]
    )
    assert get(collector, "summary?group_by=model") == get_token_summary("model", source=collector.http)


def test_the_number_of_all_sessions_is_in_a_header(collector: CollectorProcess) -> None:
    """Two users' runs with two sessions each: a page of one, and 4 in X-Total-Count."""
    reply = httpx.get(f"{collector.http}/metrics/token/sessions?limit=1")

    assert (1, "4") == (len(reply.json()), reply.headers["x-total-count"])


def test_a_locked_file_is_asked_through_its_collector(collector: CollectorProcess) -> None:
    """The library says who to ask; the command asks the collector that it is told of."""
    with pytest.raises(LedgerLocked, match="TOKENLAKE_URL"):
        get_token_total(source=collector.db)
    answer = tokenlake("total", "--json", "--db", str(collector.db), "--url", collector.http)

    assert sum(true_total(name) for name in RECORDED) == json.loads(answer)["total_tokens"]


def test_every_option_is_an_environment_variable_too(collector: CollectorProcess) -> None:
    """TOKENLAKE_<COMMAND>_<OPTION> stands for an option that has no variable of its own."""
    result = subprocess.run(
        [sys.executable, "-m", "tokenlake_collector", "summary", "--json"],
        capture_output=True,
        text=True,
        env=clean_environment() | {"TOKENLAKE_URL": collector.http, "TOKENLAKE_SUMMARY_BY": "user_id"},
        check=True,
        timeout=60,
    )

    assert {"user-alice", "user-bob", "user-erin", "user-frank"} == {
        row["user_id"] for row in json.loads(result.stdout)
    }


def test_csv_has_a_header_and_a_line_for_each_row(collector: CollectorProcess) -> None:
    """Sessions as CSV hold the same tokens as the library's rows."""
    rows = list(csv.DictReader(io.StringIO(tokenlake("sessions", "--csv", "--url", collector.http))))
    sessions = get_token_sessions(source=collector.http)

    assert [session["session_id"] for session in sessions] == [row["session_id"] for row in rows]
    assert [session["total_tokens"] for session in sessions] == [int(row["total_tokens"]) for row in rows]


def test_the_table_shows_exact_numbers(collector: CollectorProcess) -> None:
    """A person sees the total with thousands separators."""
    expected = f"{sum(true_total(name) for name in RECORDED):,}"

    assert expected in tokenlake("total", "--url", collector.http)


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("summary?group_by=password", "endpoint_name"),
        ("timeline?interval=minute", "hour"),
        ("timeline?interval=hour&start=1970-01-01", "10,000"),
        ("total?timezone=Mars", "Mars"),
        ("total?start=yesterday", "yesterday"),
        ("total?modell=gpt-5", "modell"),
        ("sessions?sort=secret", "last_timestamp"),
        ("sessions?limit=-1", "limit"),
        ("sessions?limit=many", "limit"),
        ("daily?days=0", "days"),
    ],
)
def test_a_bad_parameter_is_422_with_the_reason(path: str, word: str, collector: CollectorProcess) -> None:
    """The reply names the parameter or what is allowed."""
    reply = httpx.get(f"{collector.http}/metrics/token/{path}")

    assert 422 == reply.status_code
    assert word in reply.text


def test_the_api_describes_itself(collector: CollectorProcess) -> None:
    """/docs is there, and the OpenAPI description lists every statistic with its filters."""
    description = httpx.get(f"{collector.http}/openapi.json").json()
    parameters = {
        parameter["name"] for parameter in description["paths"]["/metrics/token/summary"]["get"]["parameters"]
    }

    assert 200 == httpx.get(f"{collector.http}/docs").status_code
    assert {"group_by", "start", "end", "timezone", "model", "channel", "user_id"} <= parameters


def test_commands_read_the_file_when_no_collector_runs(tmp_path: Path) -> None:
    """After the collector has stopped, the file itself answers."""
    db = tmp_path / "usage.duckdb"
    with running_collector(db) as collector:
        for payload in case(RECORDED[0]).traces:
            httpx.post(
                f"{collector.http}/v1/traces",
                content=payload,
                headers={"Content-Type": "application/x-protobuf"},
            ).raise_for_status()
    answer = json.loads(tokenlake("total", "--json", "--db", str(db)))

    assert true_total(RECORDED[0]) == answer["total_tokens"]
    assert answer == get_token_total(source=db)
