"""`POST /sql` on a real collector: forms, parameters, limits, and who may ask."""

from __future__ import annotations

import csv
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.captures import case
from harness.collector_process import CollectorProcess, running_collector, start_collector
from harness.otlp import SpanSpec, trace_bytes

ENDLESS = "SELECT count(*) FROM range(1000000000000) AS a(i), range(1000000) AS b(j)"
ROW = "SELECT 1::HUGEINT AS n, 0.5 AS d, 'ä' AS t, TIMESTAMP '2026-05-01 10:00' AS m, [1, 2] AS l, NULL AS x"


def ask(collector: CollectorProcess, sql: str, **options: Any) -> httpx.Response:
    return httpx.post(f"{collector.http}/sql", content=sql, timeout=100, **options)


def send(collector: CollectorProcess, first: int, count: int) -> None:
    spans = [SpanSpec(span_id=number, trace_id=number) for number in range(first, first + count)]
    headers = {"Content-Type": "application/x-protobuf"}
    httpx.post(f"{collector.http}/v1/traces", content=trace_bytes(*spans), headers=headers).raise_for_status()


def test_the_sum_is_the_truth(collector: CollectorProcess) -> None:
    """The recorded run's tokens, while the collector runs."""
    totals = case("genai-anthropic").totals
    reply = ask(collector, "SELECT sum(input_tokens) AS i, sum(output_tokens) AS o FROM token_usage")

    assert [{"i": totals["input_tokens"], "o": totals["output_tokens"]}] == reply.json()


@pytest.mark.parametrize(
    "options", [{"params": {"format": "json"}}, {"headers": {"Accept": "application/json"}}]
)
def test_json_has_values_as_they_are(options: dict[str, Any], collector: CollectorProcess) -> None:
    """Numbers are numbers, times ISO 8601, lists lists."""
    expected = {"n": 1, "d": 0.5, "t": "ä", "m": "2026-05-01T10:00:00", "l": [1, 2], "x": None}

    assert [expected] == ask(collector, ROW, **options).json()


@pytest.mark.parametrize(
    "options", [{"params": {"format": "csv"}}, {"headers": {"Accept": "text/csv;q=0.9"}}]
)
def test_csv_has_a_header(options: dict[str, Any], collector: CollectorProcess) -> None:
    """NULL is empty, a list is JSON."""
    rows = list(csv.reader(io.StringIO(ask(collector, ROW, **options).text)))

    assert [["n", "d", "t", "m", "l", "x"], ["1", "0.5", "ä", "2026-05-01T10:00:00", "[1, 2]", ""]] == rows


@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_columnar_forms_keep_the_types(form: str, collector: CollectorProcess) -> None:
    """A HUGEINT that fits is a 64-bit integer, which every reader takes for a number."""
    body = pa.BufferReader(ask(collector, ROW.replace(", NULL AS x", ""), params={"format": form}).content)
    table = pa.ipc.open_stream(body).read_all() if form == "arrow" else pq.read_table(body)

    assert ["int64", "decimal128(2, 1)", "string", "timestamp[us]"] == [
        str(t) for t in table.schema.types[:4]
    ]
    assert [1] == table["n"].to_pylist()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"sql": "SELECT ? + ? AS n", "parameters": [1, 2]}, 3),
        ({"sql": "SELECT $a || $b AS n", "parameters": {"a": "x'; DROP", "b": "y"}}, "x'; DROPy"),
        ({"sql": "SELECT 1 AS n"}, 1),
    ],
)
def test_parameters_are_values(body: dict[str, Any], expected: object, collector: CollectorProcess) -> None:
    """By position or by name; they are never SQL."""
    assert [{"n": expected}] == httpx.post(f"{collector.http}/sql", json=body).json()


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ({"json": {"sql": 1}}, 422, "write {"),
        ({"json": {"sql": "SELECT 1", "limit": 5}}, 422, "'limit' is unknown"),
        ({"json": {"sql": "SELECT 1", "parameters": 5}}, 422, "'parameters'"),
        ({"json": {"sql": "SELECT ? AS n"}}, 422, "1"),
        ({"content": b"\xff"}, 422, "UTF-8"),
        ({"content": b"x" * (2**20 + 1)}, 413, "1048576"),
        ({"content": "SELECT 1", "params": {"format": "xml"}}, 422, "parquet"),
        ({"content": "SELECT 1", "headers": {"Accept": "image/png"}}, 406, "text/csv"),
        ({"content": "SELECT x FROM token_usage"}, 422, "Candidate bindings"),
        ({"content": "SELECT 1 AS a, 2 AS a"}, 422, "two columns are called a"),
        ({"content": "SELECT 'x'::INTEGER"}, 422, "Could not convert"),
        (
            {"content": "SELECT INTERVAL 1 DAY AS i", "params": {"format": "parquet"}},
            422,
            "cast it to VARCHAR",
        ),
        ({"content": "SELECT TIMESTAMP 'infinity' AS t"}, 422, "cast it to VARCHAR"),
        ({"content": "SELECT i FROM range(1001) AS t(i)"}, 422, "--sql-max-rows"),
        ({"content": f"SELECT '{'x' * 4000}' || i AS t FROM range(900) AS t(i)"}, 422, "--sql-max-mib"),
    ],
)
def test_what_is_wrong_is_said(
    content: dict[str, Any], code: int, words: str, collector: CollectorProcess
) -> None:
    """The code, and a detail that names the thing or the remedy."""
    reply = httpx.post(f"{collector.http}/sql", **content)

    assert (code, True) == (reply.status_code, words in reply.json()["detail"]), reply.text


def test_exactly_the_most_rows_are_returned(collector: CollectorProcess) -> None:
    """The limit is inclusive: 1,000 of 1,000 come, and nothing is ever cut off."""
    assert 1000 == len(ask(collector, "SELECT i FROM range(1000) AS t(i)").json())


@pytest.mark.parametrize(
    "sql",
    [
        ENDLESS,
        "WITH RECURSIVE r AS (SELECT 1::HUGEINT AS x UNION ALL SELECT x + 1 FROM r) SELECT max(x) FROM r",
        "SELECT i FROM range(1000000000000) AS t(i) ORDER BY hash(i)",
        "SELECT string_agg(md5(i::VARCHAR), '') FROM range(1000000000000) AS t(i)",
        "SELECT list(i) FROM range(1000000000000) AS t(i)",
    ],
)
def test_what_has_no_end_is_ended(sql: str, collector: CollectorProcess) -> None:
    """After two seconds or at DuckDB's memory limit, whichever comes first; the next one is answered."""
    reply = ask(collector, sql)

    assert 422 == reply.status_code
    assert any(words in reply.text for words in ("--sql-timeout-s", "--memory-mib")), reply.text
    assert [{"n": 1}] == ask(collector, "SELECT 1 AS n").json()


def test_spans_are_stored_beside_statements_without_end(tmp_path: Path) -> None:
    """Two statements run all the time; every span is acknowledged, and counted once."""
    db = tmp_path / "usage.duckdb"
    with running_collector(db, "--sql-timeout-s", "100") as collector, ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask_without_end, collector) for _ in range(2)]
        while not busy(collector):
            pass
        for batch in range(10):
            send(collector, 1 + 100 * batch, 100)
        running = [not future.done() for future in asked]
        collector.stop()

    with duckdb.connect(db, read_only=True) as connection:
        rows = connection.execute("SELECT count(*), count(DISTINCT id) FROM token_usage").fetchall()

    assert [True, True] == running
    assert [(1000, 1000)] == rows


def ask_without_end(collector: CollectorProcess) -> httpx.Response:
    """Ask what has no end; a look at whether it runs may have taken its place for a moment."""
    while "run already" in (reply := ask(collector, ENDLESS)).text:
        pass
    return reply


def busy(collector: CollectorProcess) -> bool:
    return ask(collector, "SELECT 1").status_code == 503


def test_no_more_than_agreed_run_at_once_and_one_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    """With one place, a second statement is told to come back; the place is free once the client has gone."""
    options = ("--sql-at-once", "1", "--sql-timeout-s", "60")
    with running_collector(tmp_path / "usage.duckdb", *options) as collector:
        client = httpx.Client(timeout=httpx.Timeout(30, read=1.0))
        asking = threading.Thread(target=lambda: _gives_up(client, collector))
        asking.start()
        while not busy(collector):
            pass
        refused = ask(collector, "SELECT 1")
        asking.join()
        while busy(collector):
            pass
        client.close()

    assert (503, "1") == (refused.status_code, refused.headers["retry-after"])


def _gives_up(client: httpx.Client, collector: CollectorProcess) -> None:
    def post() -> None:
        while client.post(f"{collector.http}/sql", content=ENDLESS).status_code == 503:
            pass

    with pytest.raises(httpx.ReadTimeout):
        post()


def test_a_shutdown_waits_for_no_statement(tmp_path: Path) -> None:
    """One that would run for a minute is ended with 503, and the collector stops by itself."""
    collector = start_collector(tmp_path / "usage.duckdb", "--sql-timeout-s", "60", "--sql-at-once", "1")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask_without_end, collector)
        while not busy(collector):
            pass
        code = collector.stop()

    assert (0, 503) == (code, asked.result().status_code)


def test_a_read_token_is_needed(tmp_path: Path) -> None:
    """No token 401, the token of a sender 403, a reader's 200."""
    tokens = tmp_path / "tokens"
    tokens.write_text(f"read {'r' * 16}\ningest {'i' * 16}\n")
    tokens.chmod(0o600)
    with running_collector(tmp_path / "usage.duckdb", "--tokens", str(tokens)) as collector:
        shown = [{}, {"Authorization": f"Bearer {'i' * 16}"}, {"Authorization": f"Bearer {'r' * 16}"}]
        codes = [ask(collector, "SELECT 1", headers=headers).status_code for headers in shown]

    assert [401, 403, 200] == codes
