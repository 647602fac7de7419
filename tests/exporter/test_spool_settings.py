"""Where the spool is, by the environment."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tokenlake.delivery import SpoolSettings
from tokenlake.delivery.target import Protocol, Target, parse_target

HTTP = Target(Protocol.HTTP, "http://127.0.0.1:4318/v1/traces")
MIB = 2**20


@pytest.fixture(autouse=True)
def _warned_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test see warnings that come once in a process."""
    monkeypatch.setattr("tokenlake.notices._seen", set())


def settings(environ: dict[str, str], target: Target = HTTP) -> SpoolSettings:
    found = SpoolSettings.from_environ(environ, target)
    assert found
    return found


@pytest.mark.parametrize(
    ("environ", "parent"),
    [
        ({"TOKENLAKE_SPOOL": "/var/spool/agent"}, "/var/spool/agent"),
        ({"TOKENLAKE_SPOOL": "~/waiting"}, "/people/ann/waiting"),
        ({"XDG_STATE_HOME": "/state"}, "/state/tokenlake/spool"),
        ({"XDG_STATE_HOME": "relative"}, "/people/ann/.local/state/tokenlake/spool"),
        ({}, "/people/ann/.local/state/tokenlake/spool"),
    ],
)
def test_the_directory(environ: dict[str, str], parent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """TOKENLAKE_SPOOL, else the user's state directory; below it one for each target."""
    monkeypatch.setenv("HOME", "/people/ann")

    assert Path(parent) == settings(environ).path.parent


@pytest.mark.parametrize("text", ["off", "OFF", " off "])
def test_off_means_no_spool(text: str) -> None:
    """TOKENLAKE_SPOOL=off switches it off, however it is written."""
    assert SpoolSettings.from_environ({"TOKENLAKE_SPOOL": text}, HTTP) is None


@pytest.mark.parametrize(
    ("text", "mebibytes"), [("", 256), ("1", 1), ("2048", 2048), ("0", 256), ("-5", 256), ("lots", 256)]
)
def test_the_size(text: str, mebibytes: int) -> None:
    """TOKENLAKE_SPOOL_MIB, else 256 MiB; what is no whole number above 0 does not count."""
    assert mebibytes * MIB == settings({"TOKENLAKE_SPOOL": "/s", "TOKENLAKE_SPOOL_MIB": text}).max_bytes


def test_a_wrong_size_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """The warning has key, value and remedy."""
    with caplog.at_level(logging.WARNING, "tokenlake"):
        settings({"TOKENLAKE_SPOOL": "/s", "TOKENLAKE_SPOOL_MIB": "lots"})

    assert ["TOKENLAKE_SPOOL_MIB='lots' is not used: give a whole number of MiB above 0"] == caplog.messages


def test_each_target_has_its_own() -> None:
    """Protocol, host, port and path all count, so nothing is ever sent to the wrong place."""
    targets = [
        parse_target("http://127.0.0.1:4318"),
        parse_target("https://127.0.0.1:4318"),
        parse_target("http://127.0.0.1:4319"),
        parse_target("http://127.0.0.1:4318/team"),
        parse_target("grpc://127.0.0.1:4318"),
        parse_target("http://other:4318"),
        Target(Protocol.HTTP),
        Target(Protocol.GRPC),
    ]
    paths = {
        settings({"TOKENLAKE_SPOOL": "/s"}, target).path for target in targets if isinstance(target, Target)
    }

    assert len(targets) == len(paths)


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_the_standard_variables_count_too(variable: str) -> None:
    """Two endpoints in the environment are two targets."""
    paths = {
        settings({"TOKENLAKE_SPOOL": "/s", variable: url}, Target(Protocol.HTTP)).path
        for url in ("http://one:4318", "http://two:4318")
    }

    assert 2 == len(paths)


def test_a_password_does_not_show() -> None:
    """The directory's name has host and port of the address, and no more of it."""
    path = settings({"TOKENLAKE_SPOOL": "/s"}, Target(Protocol.HTTP, "http://ann:secret@host:4318/v1")).path

    assert path.name.startswith("host-4318-")
