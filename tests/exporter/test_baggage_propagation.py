from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import baggage, propagate, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context, attach, detach
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from harness.tracked_spans import tracked_spans
from tokenlake import (
    BaggageSettings,
    TokenTrackingContext,
    TokenTrackingPropagator,
    get_tracking_context,
    install_baggage,
    notices,
    set_tracking_context,
    tracking_context,
    tracking_headers,
)
from tokenlake.errors import BaggageError

W3C = W3CBaggagePropagator()
STANDARD = CompositePropagator([TraceContextTextMapPropagator(), W3C])
PLANNER = BaggageSettings(hosts=("planner.example",))
ALICE = "gen_ai.conversation.id=s-1,user.id=alice,tokenlake.channel=web"


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(notices, "_seen", set())
    before = propagate.get_global_textmap()
    propagate.set_global_textmap(STANDARD)
    yield
    install_baggage(BaggageSettings())
    propagate.set_global_textmap(before)


def entries(header: str | None) -> set[str]:
    return set(header.split(",")) if header else set()


def sent_to(
    url: str, settings: BaggageSettings = PLANNER, *, key: str = "url.full", kind: SpanKind = SpanKind.CLIENT
) -> dict[str, str]:
    """Return the headers that are injected inside the span of a request to this URL."""
    install_baggage(settings)
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("client")
    headers: dict[str, str] = {}
    with tracer.start_as_current_span("GET", kind=kind, attributes={key: url}):
        propagate.inject(headers)
    return headers


def received(headers: dict[str, str], settings: BaggageSettings) -> TokenTrackingContext:
    """Return the tracking context of a server that has extracted these headers."""
    install_baggage(settings)
    token = attach(propagate.extract(headers))
    try:
        return get_tracking_context()
    finally:
        detach(token)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url.full", "http://planner.example:8000/plan?q=1"),
        ("http.url", "https://planner.example/"),
        ("server.address", "planner.example"),
        ("net.peer.name", "planner.example"),
    ],
)
def test_a_request_to_a_listed_host_carries_session_user_and_channel(key: str, value: str) -> None:
    """By whichever attribute the client's instrumentation says where it goes."""
    with tracking_context(session_id="s-1", user_id="alice", channel="web", operation_type="title"):
        headers = sent_to(value, key=key)

    assert entries(ALICE) == entries(headers["baggage"])
    assert "traceparent" in headers


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1/chat/completions",
        "https://planner.example.evil.example/",
        "https://planner.example@evil.example/",
        "https://evil.example\\@planner.example/",
        "https://evil.example/planner.example",
        "https://[planner.example",
        "planner.example",
        "",
    ],
)
def test_a_request_to_any_other_host_carries_nothing_of_ours(url: str) -> None:
    """The provider gets the trace as before, and no baggage."""
    with tracking_context(session_id="s-1", user_id="alice"):
        headers = sent_to(url)

    assert ["traceparent"] == list(headers)


def test_only_a_client_span_says_where_a_request_goes() -> None:
    """A server span with the listed host's name, which is our own then, sends nothing."""
    with tracking_context(user_id="alice"):
        headers = sent_to("http://planner.example/", kind=SpanKind.SERVER)

    assert "baggage" not in headers


def test_without_a_recorded_span_nothing_is_sent() -> None:
    """Neither outside a span nor inside one that the sampler dropped is the host known."""
    install_baggage(PLANNER)
    dropping = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False).get_tracer("client")
    outside: dict[str, str] = {}
    dropped: dict[str, str] = {}
    with tracking_context(user_id="alice"):
        propagate.inject(outside)
        with dropping.start_as_current_span(
            "GET", kind=SpanKind.CLIENT, attributes={"url.full": "http://planner.example/"}
        ):
            propagate.inject(dropped)

    assert (False, False) == ("baggage" in outside, "baggage" in dropped)


def test_the_context_of_an_explicit_otel_context_is_that_of_its_span() -> None:
    """`inject(carrier, context)` looks at the span in that context, not at the current one."""
    install_baggage(PLANNER)
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("client")
    span = tracer.start_span("GET", kind=SpanKind.CLIENT, attributes={"url.full": "http://planner.example/"})
    headers: dict[str, str] = {}
    with tracking_context(user_id="alice"):
        propagate.inject(headers, trace.set_span_in_context(span))
    span.end()

    expected = "user.id=alice"

    assert expected == headers["baggage"]


def test_what_an_explicit_otel_context_received_goes_on() -> None:
    """`inject(carrier, context)` sends the user of the request that this context belongs to."""
    install_baggage(BaggageSettings(hosts=("planner.example",), receive=True))
    extracted = propagate.extract({"baggage": "user.id=alice"})
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("client")
    span = tracer.start_span("GET", kind=SpanKind.CLIENT, attributes={"url.full": "http://planner.example/"})
    headers: dict[str, str] = {}
    propagate.inject(headers, trace.set_span_in_context(span, extracted))
    span.end()

    expected = "user.id=alice"

    assert expected == headers["baggage"]


def test_entries_of_others_travel_as_before_and_ours_join_them() -> None:
    """Somebody else's baggage goes to every host; under our names it is ours that counts."""
    token = attach(baggage.set_baggage("user.id", "mallory", baggage.set_baggage("theirs", "1")))
    try:
        with tracking_context(user_id="alice"):
            listed = sent_to("http://planner.example/")
            other = sent_to("https://api.openai.com/")
    finally:
        detach(token)

    assert {"theirs=1", "user.id=alice"} == entries(listed["baggage"])
    assert {"theirs=1"} == entries(other["baggage"])


def test_what_was_received_is_not_forwarded_to_a_provider() -> None:
    """The user of an incoming request goes on to the listed host, and nowhere else, though OTel knows it."""
    settings = BaggageSettings(hosts=("planner.example",), receive=True)
    install_baggage(settings)
    token = attach(propagate.extract({"baggage": f"{ALICE},theirs=1"}))
    try:
        listed = sent_to("http://planner.example/", settings)
        other = sent_to("https://api.openai.com/", settings)
    finally:
        detach(token)

    assert entries(ALICE) | {"theirs=1"} == entries(listed["baggage"])
    assert {"theirs=1"} == entries(other["baggage"])


def test_a_propagator_without_baggage_carries_ours_alone() -> None:
    """With OTEL_PROPAGATORS=tracecontext the listed host gets our entries and nobody else's."""
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    token = attach(baggage.set_baggage("theirs", "1"))
    try:
        with tracking_context(user_id="alice"):
            headers = sent_to("http://planner.example/")
    finally:
        detach(token)

    expected = "user.id=alice"

    assert expected == headers["baggage"]
    assert "traceparent" in headers
    assert TokenTrackingContext(user_id="bob") == received(
        {"baggage": "user.id=bob"}, BaggageSettings(receive=True)
    )


def test_nothing_is_believed_unless_it_is_wanted() -> None:
    """Without TOKENLAKE_BAGGAGE_RECEIVE a stranger's user is nobody."""
    assert TokenTrackingContext() == received({"baggage": ALICE}, PLANNER)


def test_only_listed_keys_are_believed() -> None:
    """A key that is not on the list is not taken, nor is anything that is not ours."""
    settings = BaggageSettings(keys=("session_id",), receive=True)

    assert TokenTrackingContext(session_id="s-1") == received({"baggage": f"{ALICE},tenant=x"}, settings)


@pytest.mark.parametrize(
    "header",
    [
        "user.id=" + "x" * 257,
        "user.id=a%00b",
        "user.id=a%0Ab",
        "user.id=",
        "user.id",
        "=alice",
        "user.id=alice," + "x=" + "y" * 8192,
        "%75ser.id%20=alice;;;",
        "\xff",
    ],
)
def test_a_header_that_nobody_of_ours_sent_gives_nobody(header: str) -> None:
    """Values that are too long or not printable, and headers that are broken or too long, are dropped."""
    assert TokenTrackingContext() == received({"baggage": header}, BaggageSettings(receive=True))


def test_a_value_that_is_too_long_is_left_out_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """It is never cut, the other entries travel, and the warning names field and limit."""
    with tracking_context(session_id="s-1", user_id="x" * 257):
        headers = [sent_to("http://planner.example/")["baggage"] for _ in range(2)]

    assert ["gen_ai.conversation.id=s-1"] * 2 == headers
    assert [
        "user_id of 257 characters is left out of the baggage: up to 256 printable characters travel"
    ] == caplog.messages


printable = st.characters(exclude_categories=["C", "Z"], include_characters=" ")
values = st.text(printable, min_size=1, max_size=200).map(str.strip).filter(bool)


@given(values, values, values)
def test_what_is_sent_is_what_is_received(session_id: str, user_id: str, channel: str) -> None:
    """Any printable ids, in any script and with any separators in them, arrive as they were."""
    context = TokenTrackingContext(session_id=session_id, user_id=user_id, channel=channel)
    settings = BaggageSettings(hosts=("planner.example",), receive=True)
    with tracking_context(context):
        headers = sent_to("http://planner.example/", settings)

    assert context == received(headers, settings)


def test_spans_of_a_request_are_stamped_with_what_it_brought() -> None:
    """Every span in the extracted OTel context, and one that is started with it explicitly."""
    install_baggage(BaggageSettings(receive=True))
    extracted = propagate.extract({"baggage": "user.id=alice"})
    with tracked_spans() as (provider, finished):
        tracer = provider.get_tracer("server")
        tracer.start_span("explicit", context=extracted).end()
        token = attach(extracted)
        with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner"):
            pass
        detach(token)
        tracer.start_span("outside").end()
        users = {span.name: (span.attributes or {}).get("user.id") for span in finished.get_finished_spans()}

    assert {"explicit": "alice", "outer": "alice", "inner": "alice", "outside": None} == users


def test_a_block_refines_what_was_received_and_a_replaced_context_hides_it() -> None:
    """A block overrides only what it sets; `set_tracking_context` leaves nothing of it."""
    install_baggage(BaggageSettings(receive=True))
    token = attach(propagate.extract({"baggage": "gen_ai.conversation.id=s-1,user.id=alice"}))
    with tracking_context(user_id="bob") as effective:
        assert TokenTrackingContext(session_id="s-1", user_id="bob") == effective

        set_tracking_context(TokenTrackingContext(channel="web"))

        assert TokenTrackingContext(channel="web") == get_tracking_context()
    detach(token)


def test_one_request_has_nothing_of_the_request_around() -> None:
    """Extracting headers without baggage inside another request gives nobody."""
    install_baggage(BaggageSettings(receive=True))
    token = attach(propagate.extract({"baggage": ALICE}))
    try:
        assert TokenTrackingContext() == received({}, BaggageSettings(receive=True))
    finally:
        detach(token)


def test_hand_made_requests_ask_for_their_headers() -> None:
    """`tracking_headers` needs no span; any host that is not listed gets none."""
    install_baggage(PLANNER)
    with tracking_context(user_id="alice"):
        assert {"baggage": "user.id=alice"} == tracking_headers("http://planner.example:8000/plan")
        assert {} == tracking_headers("https://api.openai.com/v1")

    assert {} == tracking_headers("http://planner.example/")


def test_the_environment_installs_only_what_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a variable the global propagator is the one that it was; with one it is wrapped, once."""
    install_baggage()

    assert propagate.get_global_textmap() is STANDARD

    monkeypatch.setenv("TOKENLAKE_BAGGAGE_HOSTS", "planner.example")
    install_baggage()
    install_baggage()
    propagator = propagate.get_global_textmap()

    assert isinstance(propagator, TokenTrackingPropagator)
    assert propagator.wrapped is STANDARD
    assert {"traceparent", "tracestate", "baggage"} == propagator.fields


def test_the_start_of_tracking_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two variables and `init_token_tracking` are enough; a wrong one is refused before anything starts."""
    monkeypatch.setenv("TOKENLAKE_BAGGAGE_RECEIVE", "1")
    with tracked_spans():
        token = attach(propagate.extract({"baggage": "user.id=alice"}))
        seen = get_tracking_context()
        detach(token)

    assert TokenTrackingContext(user_id="alice") == seen

    monkeypatch.setenv("TOKENLAKE_BAGGAGE_HOSTS", "*")
    with pytest.raises(BaggageError), tracked_spans():
        pass


def test_a_carrier_is_read_by_its_own_getter() -> None:
    """Servers give header names and values in their own forms."""
    install_baggage(BaggageSettings(receive=True))

    class Getter:
        def get(self, carrier: list[tuple[bytes, bytes]], key: str) -> list[str] | None:
            return [value.decode() for name, value in carrier if name.decode() == key] or None

        def keys(self, carrier: list[tuple[bytes, bytes]]) -> list[str]:
            return [name.decode() for name, _ in carrier]

    context = propagate.extract([(b"baggage", b"user.id=alice")], Context(), Getter())  # type: ignore[arg-type]

    assert TokenTrackingContext(user_id="alice") == get_tracking_context(context)
