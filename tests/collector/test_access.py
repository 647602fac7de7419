"""Tokens: who may do what, where they come from, and when they are needed."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tokenlake_collector.access import NO_TOKENS, Scope, Tokens, read_tokens, refuse_exposure
from tokenlake_collector.addresses import Address
from tokenlake_collector.errors import PermissionDenied, StartupError, Unauthenticated

INGEST = "ingest-token-of-0001"
READ = "read-token-of-000001"
TOKENS = Tokens([(Scope.INGEST, INGEST), (Scope.READ, READ)])


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.touch(0o600)
    return path


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {INGEST}"},
        {"authorization": f"bearer  {INGEST} "},
        {"x-api-key": INGEST},
        {"authorization": "Basic dTpw", "x-api-key": INGEST},
    ],
)
def test_a_token_comes_as_bearer_or_as_api_key(headers: dict[str, str]) -> None:
    """The scheme's case does not matter, and a scheme of somebody else leaves room for x-api-key."""
    TOKENS.check(Scope.INGEST, headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": INGEST},
        {"authorization": f"Basic {INGEST}"},
        {"authorization": f"Bearer {INGEST}x"},
        {"authorization": f"Bearer {INGEST[:-1]}"},
        {"authorization": "Bearer wrong", "x-api-key": INGEST},
        {"x-api-key": "\udcff\u00e9"},
    ],
)
def test_anything_else_is_not_known(headers: dict[str, str]) -> None:
    """A missing, cut, longer or odd token; what was sent is not repeated in the message."""
    with pytest.raises(Unauthenticated) as caught:
        TOKENS.check(Scope.INGEST, headers)

    assert "x-api-key" in str(caught.value)
    assert INGEST not in str(caught.value)


@pytest.mark.parametrize(("scope", "token"), [(Scope.READ, INGEST), (Scope.INGEST, READ)])
def test_a_token_of_the_other_scope_is_known_and_not_enough(scope: Scope, token: str) -> None:
    """Who may send may not read, and the other way round."""
    with pytest.raises(PermissionDenied, match=f"scope {scope}"):
        TOKENS.check(scope, {"x-api-key": token})


def test_one_token_may_have_both_scopes() -> None:
    """It is given twice."""
    both = Tokens([(Scope.INGEST, READ), (Scope.READ, READ)])

    both.check(Scope.INGEST, {"x-api-key": READ})
    both.check(Scope.READ, {"x-api-key": READ})


def test_without_tokens_everything_is_open() -> None:
    """And nothing is asked for."""
    NO_TOKENS.check(Scope.READ, {})

    assert not NO_TOKENS


def test_a_scope_without_a_token_is_closed_as_soon_as_the_other_has_one() -> None:
    """Protecting ingest does not leave the statistics open."""
    with pytest.raises(Unauthenticated):
        Tokens([(Scope.INGEST, INGEST)]).check(Scope.READ, {})


def test_tokens_cannot_be_printed() -> None:
    """Only their number is shown."""
    assert "<2 tokens>" == repr(TOKENS) == str(TOKENS)


def test_a_file_has_a_token_a_line(token_file: Path) -> None:
    """Comments and blank lines are skipped, a scope may have several tokens, the environment adds its own."""
    token_file.write_text(f"# ours\n\n ingest {INGEST}\ningest another-token-0001 \nread\t{READ}\n")
    tokens = read_tokens(str(token_file), {"TOKENLAKE_READ_TOKEN": "read-by-environment"})

    for token in (INGEST, "another-token-0001"):
        tokens.check(Scope.INGEST, {"x-api-key": token})
    for token in (READ, "read-by-environment"):
        tokens.check(Scope.READ, {"x-api-key": token})
    assert "<4 tokens>" == repr(tokens)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no token in it"),
        ("# nothing\n", "no token in it"),
        (f"ingest {INGEST}\nadmin {READ}\n", "line 2: write a scope"),
        (f"{INGEST}\n", "line 1: write a scope"),
        (f"ingest {INGEST} {READ}\n", "line 1: write a scope"),
        ("read short-secret-0001\n\nread 123456789012345\n", "line 3: a token of 15 characters"),
        ("read with-an-\u00fcmlaut-in-it\n", "line 1: a token of 20 characters"),
    ],
)
def test_a_line_that_is_none_is_named_and_not_quoted(text: str, words: str, token_file: Path) -> None:
    """File and line; a secret that stands in the wrong place is not printed for it."""
    token_file.write_text(text, encoding="utf-8")

    with pytest.raises(StartupError) as caught:
        read_tokens(str(token_file), {})

    message = str(caught.value)
    assert message.startswith(f"--tokens {token_file}")
    assert words in message
    assert [] == [secret for secret in (INGEST, READ, "short-secret", "123456789012345") if secret in message]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing, a folder, not text."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")

    for path in (tmp_path / "missing", tmp_path, binary):
        with pytest.raises(StartupError, match="cannot be read"):
            read_tokens(str(path), {})


@pytest.mark.parametrize(("mode", "warnings"), [(0o600, 0), (0o640, 1), (0o604, 1)])
def test_a_file_that_others_can_read_is_warned_about(
    mode: int, warnings: int, token_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It still starts: the mode of a mounted secret is not always ours to choose."""
    token_file.write_text(f"read {READ}\n")
    token_file.chmod(mode)

    with caplog.at_level(logging.WARNING):
        read_tokens(str(token_file), {})

    assert warnings == len(caplog.records)
    assert READ not in caplog.text


def test_a_short_token_in_the_environment_is_named_by_its_variable() -> None:
    """An empty variable is none."""
    assert not read_tokens(None, {"TOKENLAKE_INGEST_TOKEN": ""})
    with pytest.raises(StartupError, match="TOKENLAKE_INGEST_TOKEN: a token of 6 characters"):
        read_tokens(None, {"TOKENLAKE_INGEST_TOKEN": "secret"})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "[::1]", "no.such.host.invalid"])
def test_this_machines_own_addresses_need_no_token(host: str) -> None:
    """A name that leads nowhere passes: binding it has a message of its own."""
    refuse_exposure("--http", Address(host, 4318), NO_TOKENS, insecure=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1", "[2001:db8::1]", "0", "[::ffff:127.0.0.1]"])  # noqa: S104 - never bound
def test_other_addresses_need_one(host: str) -> None:
    """The message names option and address and all three remedies; tokens and --insecure let it pass."""
    address = Address(host, 4318)
    with pytest.raises(StartupError) as caught:
        refuse_exposure("--http", address, NO_TOKENS, insecure=False)
    refuse_exposure("--http", address, TOKENS, insecure=False)
    refuse_exposure("--http", address, NO_TOKENS, insecure=True)

    words = (f"--http {address}", "--tokens", "TOKENLAKE_INGEST_TOKEN", "127.0.0.1", "--insecure")
    assert [] == [word for word in words if word not in str(caught.value)]


@pytest.mark.parametrize("places", [["192.0.2.1"], ["127.0.0.1", "192.0.2.1"], ["2001:db8::1", "127.0.0.1"]])
def test_a_name_is_judged_by_all_that_it_leads_to(places: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One address of another network is enough."""
    found = [(0, 0, 0, "", (place, 4317)) for place in places]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)

    assert not Address("some.name", 4317).is_loopback()
