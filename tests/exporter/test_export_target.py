from pathlib import Path

import pytest

from tokenlake import init_token_tracking
from tokenlake.errors import EmbeddedModeError, ProtocolError, TargetError
from tokenlake.target import Protocol, Target, environment_target, parse_target


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
    "target", ["usage.duckdb", "data/db/usage.duckdb", Path("usage.duckdb"), r"C:\data\usage.duckdb"]
)
def test_a_file_as_target_is_refused_with_the_command_to_run(target: str) -> None:
    """The error names the path, the command that serves it, and the call that then works."""
    with pytest.raises(EmbeddedModeError) as refused:
        init_token_tracking(target)

    message = str(refused.value)

    assert "embedded mode is not available in this version" in message
    assert f"`tokenlake serve --db {target}`" in message
    assert 'init_token_tracking("http://127.0.0.1:4318")' in message
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "localhost:4318",
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
    for form in ("http://host:4318", "https://host:4318", "grpc://host:4317", "grpcs://host:4317"):
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
