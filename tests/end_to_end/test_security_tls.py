"""TLS on both listeners, with and without certificates of the clients."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.certificates import Authority, Certificate
from harness.collector_process import clean_environment
from harness.logged_collector import LoggedCollector, logged_collector
from harness.plain_exporter import export_one_span
from tokenlake_collector.errors import StartupError
from tokenlake_collector.tls import Tls

READ = "read-secret-0123456789"


@dataclass(frozen=True)
class Papers:
    """The server's certificate, a client's, and one of an authority that nobody trusts."""

    authority: str
    server: Certificate
    client: Certificate
    stranger: Certificate


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    ours, theirs = Authority(folder, "ours"), Authority(folder, "theirs")
    return Papers(ours.certificate, ours.sign("server"), ours.sign("client"), theirs.sign("stranger"))


def tls_options(papers: Papers) -> list[str]:
    return ["--tls-cert", papers.server.certificate, "--tls-key", papers.server.key]


@pytest.fixture(scope="module")
def encrypted(papers: Papers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedCollector]:
    with logged_collector(tmp_path_factory.mktemp("tls"), *tls_options(papers)) as running:
        yield running


@pytest.fixture(scope="module")
def mutual(papers: Papers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedCollector]:
    options = [*tls_options(papers), "--tls-client-ca", papers.authority]
    with logged_collector(tmp_path_factory.mktemp("mutual"), *options) as running:
        yield running


def export(
    transport: str, collector: LoggedCollector, authority: str, client: Certificate | None = None
) -> str:
    endpoint = f"https://{collector.grpc}" if transport == "grpc" else collector.http
    variables = {"CERTIFICATE": authority, "TIMEOUT": "3"}
    if client is not None:
        variables |= {"CLIENT_CERTIFICATE": client.certificate, "CLIENT_KEY": client.key}
    return export_one_span(transport, endpoint, variables)[0]


def test_the_ready_line_says_https(encrypted: LoggedCollector) -> None:
    """What stands there can be pasted."""
    assert encrypted.http.startswith("https://127.0.0.1:")


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_the_standard_exporter_is_encrypted_with_its_standard_variable(
    transport: str, encrypted: LoggedCollector, papers: Papers
) -> None:
    """OTEL_EXPORTER_OTLP_CERTIFICATE names the authority."""
    assert "SUCCESS" == export(transport, encrypted, papers.authority)


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_a_client_with_its_certificate_gets_in(
    transport: str, mutual: LoggedCollector, papers: Papers
) -> None:
    """OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _CLIENT_KEY."""
    assert "SUCCESS" == export(transport, mutual, papers.authority, papers.client)


@pytest.mark.parametrize("who", ["nobody", "stranger"])
@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_others_do_not_get_in(transport: str, who: str, mutual: LoggedCollector, papers: Papers) -> None:
    """No certificate, and one of another authority."""
    client = papers.stranger if who == "stranger" else None

    assert "FAILURE" == export(transport, mutual, papers.authority, client)


def test_everything_is_behind_the_client_certificate(mutual: LoggedCollector, papers: Papers) -> None:
    """Health and statistics too: TLS comes before HTTP."""
    context = ssl.create_default_context(cafile=papers.authority)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{mutual.http}/healthz", verify=context)
    context.load_cert_chain(papers.client.certificate, papers.client.key)
    codes = [
        httpx.get(f"{mutual.http}/{path}", verify=context).status_code
        for path in ("healthz", "metrics/token/total")
    ]

    assert [200, 200] == codes


@pytest.mark.parametrize("listener", ["http", "grpc"])
def test_plain_text_is_not_spoken_and_tls_1_2_is(
    listener: str, encrypted: LoggedCollector, papers: Papers
) -> None:
    """A plain request gets no answer of ours; the older of the two versions that are in use is taken."""
    place = encrypted.http_address if listener == "http" else encrypted.grpc_address
    with socket.create_connection(place, timeout=10) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: collector\r\n\r\n")
        answer = _all_of(plain)
    old = ssl.create_default_context(cafile=papers.authority)
    old.minimum_version = ssl.TLSVersion.TLSv1_2
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(place, timeout=10) as connection,
        old.wrap_socket(connection, server_hostname="localhost") as wrapped,
    ):
        oldest = wrapped.version()

    assert b"HTTP/1.1 200" not in answer
    assert "TLSv1.2" == oldest


def _all_of(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionError:
        return b""


def test_versions_of_tls_before_1_2_are_not_spoken(papers: Papers) -> None:
    """Whatever this machine's OpenSSL would allow."""
    context = Tls(papers.server.certificate, papers.server.key).context()

    assert ssl.TLSVersion.TLSv1_2 == context.minimum_version
    assert ssl.CERT_NONE == context.verify_mode


def test_our_own_commands_trust_the_authority_of_the_environment(
    encrypted: LoggedCollector, papers: Papers
) -> None:
    """SSL_CERT_FILE, which all of Python's clients read; without it the connection is refused."""
    command = [sys.executable, "-m", "tokenlake_collector", "total", "--json", "--url", encrypted.http]
    environ = clean_environment()
    trusting = {**environ, "SSL_CERT_FILE": papers.authority}
    codes = [
        subprocess.run(command, env=variables, capture_output=True, check=False).returncode
        for variables in (trusting, environ)
    ]

    assert [0, 2] == codes


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"certificate": "server.pem"}, "--tls-cert: TLS needs both"),
        ({"key": "server.key"}, "--tls-key: TLS needs both"),
        ({"client_ca": "ours.pem"}, "--tls-client-ca: TLS needs both"),
        ({"certificate": "none.pem", "key": "server.key"}, "none.pem: cannot be read"),
        ({"certificate": "server.pem", "key": "none.key"}, "none.key: cannot be read"),
        ({"certificate": "server.pem", "key": "client.key"}, "the key is not the certificate's"),
        ({"certificate": "server.ext", "key": "server.key"}, "give a PEM certificate chain"),
        ({"certificate": "server.pem", "key": "server.ext"}, "give a PEM certificate chain"),
        ({"certificate": "server.pem", "key": "locked.key"}, "without a password"),
        ({"certificate": "server.pem", "key": "server.key", "client_ca": "none.pem"}, "none.pem: cannot"),
        (
            {"certificate": "server.pem", "key": "server.key", "client_ca": "server.ext"},
            "no PEM certificates",
        ),
    ],
)
def test_files_that_do_not_fit_are_named(options: dict[str, str], words: str, papers: Papers) -> None:
    """Option, file and remedy; nothing asks a terminal for a password."""
    folder = Path(papers.authority).parent
    lock = ["openssl", "ec", "-in", papers.server.key, "-aes256", "-passout", "pass:secret"]
    subprocess.run([*lock, "-out", str(folder / "locked.key")], check=True, capture_output=True)
    paths: Any = {name: str(folder / file) for name, file in options.items()}

    with pytest.raises(StartupError, match=words):
        _credentials(paths.get("certificate"), paths.get("key"), paths.get("client_ca"))


def _credentials(certificate: str | None, key: str | None, client_ca: str | None) -> None:
    tls = Tls.from_options(certificate, key, client_ca)
    assert tls is not None
    tls.credentials()


def test_a_collector_with_the_wrong_key_does_not_start(papers: Papers, tmp_path: Path) -> None:
    """Exit code 2 and one line; no ledger is left behind."""
    options = ["--tls-cert", papers.server.certificate, "--tls-key", papers.client.key]
    command = [sys.executable, "-m", "tokenlake_collector", "serve", "--db", str(tmp_path / "usage.duckdb")]
    ports = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]
    finished = subprocess.run(
        [*command, *ports, *options], capture_output=True, text=True, env=clean_environment(), check=False
    )

    assert (2, 1) == (finished.returncode, len(finished.stderr.splitlines())), finished.stderr
    assert "the key is not the certificate's" in finished.stderr
    assert [] == list(tmp_path.iterdir())
