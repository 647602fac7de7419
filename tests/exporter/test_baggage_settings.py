import pytest

from tokenlake import BaggageSettings
from tokenlake.errors import BaggageError


def test_nothing_is_sent_or_received_by_default() -> None:
    """An environment without the variables leaves everything off, and names the three usual fields."""
    settings = BaggageSettings.of_environment({})

    assert (False, (), ("session_id", "user_id", "channel"), False) == (
        settings.active,
        settings.hosts,
        settings.keys,
        settings.receive,
    )
    assert not settings.sends_to("planner.example")


def test_the_environment_says_what_is_sent_and_received() -> None:
    """Lists are separated by commas, blanks do not matter, and the switch is on for 1, true and on."""
    settings = BaggageSettings.of_environment(
        {
            "TOKENLAKE_BAGGAGE_HOSTS": "planner.example, *.internal.example,",
            "TOKENLAKE_BAGGAGE_KEYS": "session_id,operation_type",
            "TOKENLAKE_BAGGAGE_RECEIVE": "On",
        }
    )

    assert settings.active
    assert (
        BaggageSettings(("planner.example", "*.internal.example"), ("session_id", "operation_type"), True)
        == settings
    )


@pytest.mark.parametrize(
    ("pattern", "host", "sent"),
    [
        ("planner.example", "planner.example", True),
        ("planner.example", "PLANNER.example.", True),
        ("Planner.Example", "planner.example", True),
        ("planner.example", "api.planner.example", False),
        ("planner.example", "planner.example.evil.example", False),
        ("*.internal.example", "a.internal.example", True),
        ("*.internal.example", "a.b.internal.example", True),
        ("*.internal.example", "internal.example", False),
        ("*.internal.example", "evil-internal.example", False),
        ("*.internal.example", "internal.example.evil.example", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127x0x0x1", False),
        ("::1", "::1", True),
        ("planner.example", None, False),
        ("planner.example", "", False),
    ],
)
def test_a_host_is_listed_by_its_whole_name_or_by_the_end_of_it(
    pattern: str, host: str | None, sent: bool
) -> None:
    """A star stands for whole labels; nothing else is a wildcard."""
    assert sent == BaggageSettings(hosts=(pattern,)).sends_to(host)


@pytest.mark.parametrize(
    "host", ["*", "*.", "http://planner.example", "planner.example:8000", "plan*", "[a-z].example", ""]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    """A pattern that is too wide, a URL or a port are errors that name the variable and a good example."""
    with pytest.raises(
        BaggageError, match=r"^TOKENLAKE_BAGGAGE_HOSTS: .* is no host: write .*planner\.example"
    ):
        BaggageSettings(hosts=(host,))


def test_what_cannot_be_sent_is_refused() -> None:
    """An unknown field is an error that lists the fields."""
    with pytest.raises(
        BaggageError, match=r"^TOKENLAKE_BAGGAGE_KEYS: 'user' cannot be sent: choose from session_id"
    ):
        BaggageSettings.of_environment({"TOKENLAKE_BAGGAGE_KEYS": "user"})


def test_a_switch_that_is_neither_on_nor_off_is_refused() -> None:
    """Whether strangers are believed is not guessed."""
    with pytest.raises(BaggageError, match=r"^TOKENLAKE_BAGGAGE_RECEIVE: 'send' is neither on nor off"):
        BaggageSettings.of_environment({"TOKENLAKE_BAGGAGE_RECEIVE": "send"})
