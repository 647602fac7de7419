"""Who can reach a collector: other machines, and pages in a browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.collector_process import clean_environment
from harness.logged_collector import LoggedCollector, logged_collector

TOKEN = "ingest-secret-0123456789"  # noqa: S105 - made up
ANYWHERE = "0.0.0.0:0"
ORIGIN = "https://app.example.com"


@pytest.mark.parametrize("option", ["--grpc", "--http"])
def test_an_open_collector_is_for_this_machine_only(option: str, tmp_path: Path) -> None:
    """Exit code 2, one line with the remedies, and nothing created."""
    serve = [sys.executable, "-m", "tokenlake_collector", "serve", "--db", str(tmp_path / "usage.duckdb")]
    ports = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", option, ANYWHERE]
    finished = subprocess.run(
        [*serve, *ports], capture_output=True, text=True, env=clean_environment(), timeout=30, check=False
    )

    assert (2, 1) == (finished.returncode, len(finished.stderr.splitlines())), finished.stderr
    assert f"{option} {ANYWHERE}" in finished.stderr
    assert "--tokens FILE" in finished.stderr
    assert "--insecure" in finished.stderr
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "environ"), [(["--insecure"], {}), ([], {"TOKENLAKE_INGEST_TOKEN": TOKEN})]
)
def test_with_a_token_or_if_told_so_it_is_for_all(
    options: list[str], environ: dict[str, str], tmp_path: Path
) -> None:
    """It starts, and warns that nothing is encrypted."""
    places = ["--grpc", ANYWHERE, "--http", ANYWHERE]
    with logged_collector(tmp_path, *places, *options, environ=environ) as running:
        port = running.http.rpartition(":")[2]
        code = httpx.get(f"http://127.0.0.1:{port}/healthz").status_code
        running.stop()

        assert 200 == code
        assert "without TLS" in running.output()


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedCollector]:
    environ = {"TOKENLAKE_INGEST_TOKEN": TOKEN}
    with logged_collector(
        tmp_path_factory.mktemp("cors"), "--cors-origin", ORIGIN, environ=environ
    ) as running:
        yield running


@pytest.mark.parametrize(("path", "method"), [("/v1/traces", "POST"), ("/metrics/token/total", "GET")])
@pytest.mark.parametrize(("origin", "code"), [(ORIGIN, 200), ("https://evil.example.com", 400)])
def test_a_preflight_is_for_the_named_origin(
    path: str, method: str, origin: str, code: int, collector: LoggedCollector
) -> None:
    """It carries no token, and allows the headers that a token and a body need."""
    wanted = "authorization, content-type, content-encoding"
    reply = httpx.options(
        f"{collector.http}{path}",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": wanted,
        },
    )

    assert code == reply.status_code
    assert (origin if code == 200 else None) == reply.headers.get("access-control-allow-origin")


@pytest.mark.parametrize(("token", "code"), [(TOKEN, 200), ("", 401)])
def test_a_page_can_read_the_answer(token: str, code: int, collector: LoggedCollector) -> None:
    """Refusals too: a page that cannot read a 401 does not know what is wrong."""
    headers = {"Origin": ORIGIN, "Content-Type": "application/json", "x-api-key": token}
    reply = httpx.post(f"{collector.http}/v1/traces", content=b"{}", headers=headers)

    assert (code, ORIGIN) == (reply.status_code, reply.headers["access-control-allow-origin"])


def test_by_default_no_page_may(tmp_path: Path) -> None:
    """No header, and no answer to a preflight."""
    with logged_collector(tmp_path) as running:
        asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
        preflight = httpx.options(f"{running.http}/v1/traces", headers=asked)
        simple = httpx.get(f"{running.http}/metrics/token/total", headers={"Origin": ORIGIN})

    assert 405 == preflight.status_code
    assert [] == [name for name in simple.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", ["app.example.com", "https://app.example.com/", "https://a,https://b", ""])
def test_an_origin_that_is_none_is_refused(origin: str, tmp_path: Path) -> None:
    """Scheme and host, without a path: anything else would never match."""
    serve = [sys.executable, "-m", "tokenlake_collector", "serve", "--db", str(tmp_path / "usage.duckdb")]
    finished = subprocess.run(
        [*serve, "--cors-origin", origin],
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=30,
        check=False,
    )

    assert (2, True) == (finished.returncode, "--cors-origin" in finished.stderr)
