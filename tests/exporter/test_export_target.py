from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tokenlake import init_token_tracking
from tokenlake.delivery.target import EmbeddedTarget, Protocol, Target, environment_target, parse_target
from tokenlake.errors import EmbeddedModeError, ProtocolError, TargetError


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("http://host:4318", "http://host:4318/v1/traces"),
        ("http://host:4318/", "http://host:4318/v1/traces"),
        ("http://host:4318/v1/traces", "http://host:4318/v1/traces"),
        ("http://host:4318/v1/traces/", "http://host:4318/v1/traces"),
        ("https://example.com/otlp", "https://example.com/otlp/v1/traces"),
        ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
    ],
)
def test_an_http_target_ends_in_the_path_for_traces(target: str, url: str) -> None:
    """The path is added once, and whatever comes before it stays."""
    assert Target(Protocol.HTTP, url) == parse_target(target)


@pytest.mark.parametrize(
    ("target", "url", "insecure"),
    [
        ("grpc://host:4317", "http://host:4317", True),
        ("grpc://host:4317/", "http://host:4317", True),
        ("grpc://host", "http://host:4317", True),
        ("grpcs://host:443", "https://host:443", False),
        ("grpcs://[::1]", "https://[::1]:4317", False),
    ],
)
def test_a_grpc_target_says_whether_there_is_tls(target: str, url: str, insecure: bool) -> None:
    """The scheme grpc is insecure, grpcs has TLS, and OTLP's own port is the default."""
    assert Target(Protocol.GRPC, url, insecure) == parse_target(target)


@pytest.mark.parametrize(
    "target",
    ["usage.duckdb", "data/db/usage.db", "./usage", Path("usage"), Path("a:b"), r"C:\data\usage.duckdb"],
)
def test_a_file_as_target_is_absolute(target: str | Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has a suffix or a folder is a file, and so is every path object, seen from the current folder."""
    monkeypatch.chdir("/")

    assert EmbeddedTarget(Path("/") / target) == parse_target(target)


def test_a_file_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde is the home folder, as for queries."""
    monkeypatch.setenv("HOME", str(tmp_path))

    assert EmbeddedTarget(tmp_path / "usage.duckdb") == parse_target("~/usage.duckdb")


@pytest.mark.parametrize(
    ("opener", "reason"),
    [
        ([], "not enough values"),
        (["missing_module:open"], "No module named 'missing_module'"),
    ],
)
def test_a_file_without_the_collector_is_refused_with_what_to_install(
    opener: list[str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error can be pasted into a shell, and names what was not found."""
    found = [EntryPoint("duckdb", value, "tokenlake.embedded") for value in opener]
    monkeypatch.setattr("tokenlake.delivery.exporters.entry_points", lambda **_: found)

    with pytest.raises(EmbeddedModeError, match=r"pip install 'tokenlake\[collector\]'") as refused:
        init_token_tracking("usage.duckdb")

    assert reason in str(refused.value)
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "localhost",
        "localhost:4318",
        "localhost:4318/v1/traces",
        "duckdb:usage.duckdb",
        ":memory:",
        "ftp://host",
        "http://",
        "http://:4318",
        "http://host:port",
        "http://[::1",
        "grpc://host:4317/v1/traces",
        "postgres://host/db",
    ],
)
def test_any_other_target_is_refused_with_the_accepted_forms(target: str) -> None:
    """The error repeats the target and lists every accepted form."""
    with pytest.raises(TargetError) as refused:
        parse_target(target)

    assert not isinstance(refused.value, EmbeddedModeError)
    assert f"target={target!r}" in str(refused.value)
    forms = ("http://host:4318", "https://host:4318", "grpc://host:4317", "grpcs://host:4317", "usage.duckdb")
    for form in forms:
        assert form in str(refused.value)


@pytest.mark.parametrize(
    ("environ", "protocol"),
    [
        ({}, Protocol.HTTP),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": ""}, Protocol.HTTP),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, Protocol.GRPC),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": " http/protobuf "}, Protocol.HTTP),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"},
            Protocol.HTTP,
        ),
    ],
)
def test_the_environment_names_the_protocol(environ: dict[str, str], protocol: Protocol) -> None:
    """The variable for traces goes before the general one; http/protobuf is the default."""
    assert Target(protocol) == environment_target(environ)


def test_an_unknown_protocol_in_the_environment_is_refused() -> None:
    """The error names variable, value and what is accepted."""
    with pytest.raises(
        ProtocolError,
        match=r"OTEL_EXPORTER_OTLP_PROTOCOL='http/json' is not supported: set it to grpc or http/protobuf",
    ):
        environment_target({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"})
