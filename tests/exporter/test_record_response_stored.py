"""Providers' answers, through `record_usage` and a real collector, in the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from opentelemetry.sdk.trace import TracerProvider

from harness.answers import ANSWERS
from harness.collector_process import running_collector
from tokenlake import init_token_tracking, record_usage, shutdown_token_tracking, tracking_context

NO_USAGE = {"object": "chat.completion", "id": "chatcmpl-none", "model": "gpt-5", "usage": None}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A ledger with all answers, and one without usage."""
    db = tmp_path_factory.mktemp("ledger") / "usage.duckdb"
    report(db)
    with duckdb.connect(str(db), read_only=True) as connection:
        yield connection


def report(db: Path) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    with running_collector(db) as collector:
        init_token_tracking(collector.http, tracer_provider=provider)
        with tracking_context(session_id="s-1"):
            for answer in ANSWERS.values():
                record_usage(answer.body)
            record_usage(NO_USAGE)
        shutdown_token_tracking()
        provider.shutdown()


def test_the_totals_are_what_the_providers_bill(ledger: duckdb.DuckDBPyConnection) -> None:
    """2,006 + 19 + 1,360 + 8 + 189,107 + 203,000 + 1,030 in, 300 + 10 + 87 + 393 + 4,500 + 140 out."""
    [found] = ledger.sql(
        """
        SELECT sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(cache_creation_tokens),
            sum(reasoning_tokens), count(*), count(estimated_cost), any_value(session_id)
        FROM token_usage
        """
    ).fetchall()

    expected = (396_530, 5430, 191_630, 1256, 432, 7, 7, "s-1")

    assert expected == found


def test_model_endpoint_and_operation_come_from_the_answer(ledger: duckdb.DuckDBPyConnection) -> None:
    """Nobody said them: the answer did."""
    found = ledger.sql(
        "SELECT DISTINCT model, endpoint_name, operation_type FROM token_usage ORDER BY model"
    ).fetchall()

    expected = [
        ("claude-opus-4-6", "anthropic", "chat"),
        ("claude-sonnet-4-5-20250929", "anthropic", "chat"),
        ("gemini-2.5-flash", "gcp.gemini", "generate_content"),
        ("gpt-4o-mini-2024-07-18", "openai", "chat"),
        ("gpt-5-2025-08-07", "openai", "chat"),
        ("text-embedding-3-small", "openai", "embeddings"),
    ]

    assert expected == found


def test_an_answer_without_usage_is_kept_uncounted(ledger: duckdb.DuckDBPyConnection) -> None:
    """It can be seen that the call was made, and that its tokens are not known."""
    found = ledger.sql("SELECT response_id, model, reason FROM token_usage_uncounted").fetchall()

    expected = [("chatcmpl-none", "gpt-5", "no_usage")]

    assert expected == found
