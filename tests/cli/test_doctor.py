"""`tokenlake doctor` finds what is wrong with a real collector, and changes nothing that is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.certificates import Authority
from harness.collector_process import CollectorProcess, running_collector
from harness.commands_here import tokenlake
from harness.console import console
from harness.free_ports import free_port
from harness.known_calls import READ, Ledgers
from harness.markdown import Document
from harness.repository import ROOT
from harness.statistics_server import Asked, Reply, serving
from tokenlake_queries import get_token_total


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    with running_collector(tmp_path_factory.mktemp("examined") / "usage.duckdb") as running:
        yield running


def findings(code: int, *options: object, **environment: str) -> dict[str, dict[str, Any]]:
    """Return what the doctor found, by check; it must end with this exit code."""
    said = tokenlake("doctor", "--json", *options, **environment)
    assert (code, "") == (said.code, said.err)
    return {finding["check"]: finding for finding in json.loads(said.out)}


def wrong(found: dict[str, dict[str, Any]]) -> list[str]:
    return [check for check, finding in found.items() if finding["state"] == "wrong"]


def test_all_is_well_and_nothing_is_counted(collector: CollectorProcess) -> None:
    """Three spans come back as they were sent, and the totals are those of before."""
    before = get_token_total(source=collector.http)
    found = findings(0, "--url", collector.http, "--grpc", collector.grpc)
    transports = ("OTLP/gRPC", "OTLP/HTTP protobuf", "OTLP/HTTP JSON")

    assert [] == wrong(found)
    assert [] == [name for name in transports if "stored as it was sent" not in found[name]["found"]]
    assert before == get_token_total(source=collector.http)
    assert "agree" in found["clock"]["found"]
    assert "GiB free" in found["disk"]["found"]


def test_people_see_a_line_for_each_check(collector: CollectorProcess) -> None:
    """Thirteen checks, and a last line that sums them up."""
    said = tokenlake("doctor", "--url", collector.http, "--grpc", collector.grpc)

    assert 13 == sum(line.startswith("ok ") for line in said.out.splitlines())
    assert said.out.endswith("all is well\n")


def test_without_a_collector_only_settings_are_looked_at() -> None:
    """The one thing wrong is that nothing answers; nine more checks would need an answer."""
    found = findings(1, "--url", f"http://127.0.0.1:{free_port()}")

    assert ["collector"] == wrong(found)
    assert "tokenlake serve" in found["collector"]["remedy"]
    assert 9 == sum(finding["state"] == "skipped" for finding in found.values())


@pytest.mark.parametrize(
    ("environment", "check", "words"),
    [
        ({"OTEL_SDK_DISABLED": "true"}, "switches", "unset"),
        ({"OTEL_TRACES_EXPORTER": "none"}, "switches", "unset"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio"}, "sampler", "unset"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://other.example:4318"}, "endpoint", "export"),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://{grpc}"},
            "endpoint",
            "set OTEL_EXPORTER_OTLP_PROTOCOL to grpc",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "{http}", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "endpoint",
            "set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf",
        ),
    ],
)
def test_a_setting_that_loses_calls_is_wrong(
    environment: dict[str, str], check: str, words: str, collector: CollectorProcess
) -> None:
    """Only that check is wrong, and its remedy names the variable or what to do with it."""
    filled = {key: text.format(grpc=collector.grpc, http=collector.http) for key, text in environment.items()}
    found = findings(1, "--url", collector.http, "--grpc", collector.grpc, **filled)

    assert [check] == wrong(found)
    assert words in found[check]["remedy"]


@pytest.mark.parametrize(
    "environment",
    [
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "{http}"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://{grpc}", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        {"OTEL_TRACES_SAMPLER": "parentbased_always_on"},
    ],
)
def test_a_setting_that_loses_nothing_is_good(
    environment: dict[str, str], collector: CollectorProcess
) -> None:
    """The variables may lead to either port with the protocol of that port."""
    filled = {key: text.format(grpc=collector.grpc, http=collector.http) for key, text in environment.items()}

    assert [] == wrong(findings(0, "--url", collector.http, "--grpc", collector.grpc, **filled))


def test_a_wrong_grpc_address_is_found(collector: CollectorProcess) -> None:
    """Nothing listens there; the other two transports are good."""
    found = findings(1, "--url", collector.http, "--grpc", f"127.0.0.1:{free_port()}")

    assert ["OTLP/gRPC"] == wrong(found)
    assert "--grpc" in found["OTLP/gRPC"]["remedy"]


def test_two_collectors_are_told_apart(collector: CollectorProcess, tmp_path: Path) -> None:
    """The span is taken over gRPC by one, and the ledger of the other does not have it."""
    with running_collector(tmp_path / "other.duckdb") as other:
        found = findings(1, "--url", collector.http, "--grpc", other.grpc)

    assert ["OTLP/gRPC"] == wrong(found)
    assert "does not have it" in found["OTLP/gRPC"]["found"]


def test_the_grpc_port_is_no_url(collector: CollectorProcess) -> None:
    """Somebody has exchanged the two ports."""
    found = findings(1, "--url", f"http://{collector.grpc}", "--grpc", collector.grpc)

    assert ["collector"] == wrong(found)
    assert "4318" in found["collector"]["remedy"]


def test_missing_tokens_are_named(ledgers: Ledgers) -> None:
    """With the token for reading alone, no transport is open: each says which variable to set."""
    collector = ledgers.collector
    found = findings(1, "--url", collector.http, "--grpc", collector.grpc, TOKENLAKE_READ_TOKEN=READ)

    transports = ["OTLP/gRPC", "OTLP/HTTP protobuf", "OTLP/HTTP JSON"]
    assert [*transports, "prices"] == wrong(found)
    assert [] == [name for name in transports if "TOKENLAKE_INGEST_TOKEN" not in found[name]["remedy"]]
    assert "a token is needed" == found["access"]["found"]


def test_a_clock_that_is_an_hour_behind_is_found() -> None:
    """The header of the reply is far from now."""

    def answer(asked: Asked) -> Reply:
        late = {"Date": "Tue, 24 Nov 2020 12:00:00 GMT"}
        return Reply(200, b'{"status": "ok"}', late) if asked.path == "/healthz" else Reply(404)

    with serving(answer) as server:
        found = findings(1, "--url", server.url, "--grpc", f"127.0.0.1:{free_port()}")

    assert "behind" in found["clock"]["found"]
    assert "NTP" in found["clock"]["remedy"]


def test_something_else_that_answers_is_no_collector() -> None:
    """Whatever it says, nothing ends in a traceback, and each check says what it could not understand."""
    with serving(lambda _: Reply(200, b'{"status": "ok"}')) as server:
        found = findings(1, "--url", server.url, "--grpc", f"127.0.0.1:{free_port()}")

    assert "good" == found["collector"]["state"]
    assert {"version", "prices", "OTLP/gRPC", "OTLP/HTTP JSON"} <= set(wrong(found))


def test_every_check_is_documented(collector: CollectorProcess) -> None:
    """docs/terminal.md has them in their order."""
    rows = Document.read(ROOT / "docs/terminal.md").tables["When something is wrong"]
    found = findings(0, "--url", collector.http, "--grpc", collector.grpc)

    assert list(found) == [name for row in rows for name in row[0].split(", ")]


def test_it_trusts_the_authority_of_ssl_cert_file(tmp_path: Path) -> None:
    """Over TLS both transports are examined with the same authority."""
    authority = Authority(tmp_path, "ours")
    server = authority.sign("server")
    papers = ("--tls-cert", server.certificate, "--tls-key", server.key)
    with running_collector(tmp_path / "usage.duckdb", *papers) as collector:
        # In a process of its own: OpenSSL reads the variable once.
        addresses = ("--url", collector.http, "--grpc", collector.grpc)
        result = console("doctor", *addresses, SSL_CERT_FILE=authority.certificate)

    assert (0, "") == (result.returncode, result.stderr)
    assert result.stdout.endswith("all is well\n")
