"""Every statistic answers alike from a running collector's file, from a stopped one's, and from far away."""

from __future__ import annotations

import pytest

from harness.commands_here import Said, tokenlake
from harness.free_ports import free_port
from harness.known_calls import INGEST, READ, Ledgers

STATES = ("running", "stopped", "remote")
COMMANDS = (
    ("summary", "--by", "model,user"),
    ("summary", "--by", "channel", "--costs", "--limit", "1"),
    ("timeline", "--interval", "hour", "--by", "channel"),
    ("sessions", "--sort", "total_tokens", "--where", "channel=web"),
    ("total", "--since", "1d"),
    ("daily", "--days", "2"),
)


def run(state: str, ledgers: Ledgers, *arguments: str) -> Said:
    collector = ledgers.collector
    match state:
        case "running":
            # Only the file is named on the command line: it is locked, and its collector is asked instead.
            environ = {"TOKENLAKE_URL": collector.http, "TOKENLAKE_READ_TOKEN": READ}
            return tokenlake(*arguments, "--db", collector.db, **environ)
        case "stopped":
            return tokenlake(*arguments, "--db", ledgers.file)
        case _:
            return tokenlake(*arguments, "--url", collector.http, TOKENLAKE_TOKEN=READ)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_statistic_answers_in_each_state(state: str, command: tuple[str, ...], ledgers: Ledgers) -> None:
    """Its exact figures are those of the stopped file."""
    expected = run("stopped", ledgers, *command, "--json").json()

    assert expected == run(state, ledgers, *command, "--json").json()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("summary", "1,230"),
        ("timeline", "1,230"),
        ("sessions", "3 of 3 sessions"),
        ("total", "$0.40"),
        ("daily", "100.0%"),
    ],
)
def test_a_table_is_drawn_in_each_state(state: str, command: str, words: str, ledgers: Ledgers) -> None:
    """1,000 + 200 + 30 tokens in three sessions, for 0.30 + 0.10 USD."""
    said = run(state, ledgers, command)

    assert (0, "") == (said.code, said.err)
    assert words in said.out


@pytest.mark.parametrize("state", STATES)
def test_top_draws_a_frame_in_each_state(state: str, ledgers: Ledgers) -> None:
    """All three calls are of the last two hours."""
    said = run(state, ledgers, "top", "--once", "--minutes", "120")

    assert (0, "") == (said.code, said.err)
    assert "3 calls, 0 failed; 1,230 tokens, $0.40" in said.out


def test_a_missing_token_is_named(ledgers: Ledgers) -> None:
    """One line says what to set."""
    said = tokenlake("total", "--url", ledgers.collector.http)

    assert (2, 1) == (said.code, len(said.err.splitlines()))
    assert "set TOKENLAKE_TOKEN" in said.err


def test_a_held_file_whose_collector_is_elsewhere_says_so(ledgers: Ledgers) -> None:
    """The usual address does not answer: the message names the file and the option."""
    url = f"http://127.0.0.1:{free_port()}"
    said = tokenlake("total", "--db", ledgers.collector.db, "--url", url)

    assert (2, 1) == (said.code, len(said.err.splitlines()))
    assert [] == [word for word in (str(ledgers.collector.db), url, "--url") if word not in said.err]


def test_the_doctor_is_content_with_a_remote_collector(ledgers: Ledgers) -> None:
    """With both tokens, everything but the model without a price is in order."""
    collector = ledgers.collector
    options = ("--url", collector.http, "--grpc", collector.grpc, "--json")
    said = tokenlake("doctor", *options, TOKENLAKE_READ_TOKEN=READ, TOKENLAKE_INGEST_TOKEN=INGEST)

    assert (1, "") == (said.code, said.err)
    assert '"state": "wrong"' in said.out
    assert 1 == said.out.count('"state": "wrong"')
    assert "1 calls without a cost: house-model" in said.out
