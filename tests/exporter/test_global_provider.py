import pytest

from harness.otlp_sink import attributes_of, grpc_sink, http_sink
from harness.python_process import run_python, succeed

ONE_CALL = """
    from tokenlake import init_token_tracking, record_usage
    init_token_tracking()
    record_usage(model="m", input_tokens=1)
"""


def test_the_standard_variables_decide_where_an_http_export_goes() -> None:
    """Endpoint, headers, compression and service name of the environment are honoured; exit flushes."""
    with http_sink() as sink:
        succeed(
            ONE_CALL,
            environ={
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}/base",
                "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=acme",
                "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
                "OTEL_SERVICE_NAME": "from-environment",
            },
        )

        [delivery] = sink.deliveries
        headers = {"x-tenant": "acme", "content-encoding": "gzip"}
        expected = ("/base/v1/traces", {"from-environment"}, ["chat m"])

        assert expected == (delivery.path, sink.services, sink.names)
        assert headers == {name: delivery.headers[name] for name in headers}


def test_the_variables_for_traces_go_before_the_general_ones() -> None:
    """The endpoint for traces is used as it is, and its protocol wins."""
    with http_sink() as sink:
        succeed(
            ONE_CALL,
            environ={
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://{sink.address}/own/path",
            },
        )

        expected = ["/own/path"]

        assert expected == [delivery.path for delivery in sink.deliveries]


def test_the_standard_variables_can_choose_grpc() -> None:
    """With the protocol grpc the call arrives at the gRPC receiver."""
    with grpc_sink() as sink:
        succeed(
            ONE_CALL,
            environ={
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}",
                "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=acme",
            },
        )

        expected = (["acme"], ["chat m"])

        assert expected == ([delivery.headers["x-tenant"] for delivery in sink.deliveries], sink.names)


def test_an_explicit_target_and_name_go_before_the_environment() -> None:
    """The target gets the spans, with the service name that was given."""
    with http_sink() as sink, http_sink() as other:
        succeed(
            """
            import sys
            from tokenlake import init_token_tracking, record_usage
            init_token_tracking(sys.argv[1], service_name="explicit")
            record_usage(model="m", input_tokens=1)
            """,
            f"http://{sink.address}",
            environ={
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{other.address}",
                "OTEL_SERVICE_NAME": "from-environment",
            },
        )

        expected = ["chat m"]

        assert expected == sink.names
        assert {"explicit"} == sink.services

        expected = []

        assert expected == other.names


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"OTEL_TRACES_EXPORTER": "none"}, []),
        ({"OTEL_SDK_DISABLED": "true"}, []),
        ({"TOKENLAKE_TRACKING": "off"}, []),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "false"}, ["chat m"]),
    ],
)
def test_the_environment_can_ask_for_no_export(variables: dict[str, str], expected: list[str]) -> None:
    """record_usage then does nothing, and no warning says that it does."""
    with http_sink() as sink:
        succeed(ONE_CALL, environ={"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}", **variables})

        assert expected == sink.names


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({"OTEL_TRACES_EXPORTER": "none"}, ["chat m"]), ({"OTEL_SDK_DISABLED": "true"}, [])],
)
def test_a_target_is_no_matter_of_the_standard_exporter(
    variables: dict[str, str], expected: list[str]
) -> None:
    """OTEL_TRACES_EXPORTER=none leaves an explicit target alone; OTEL_SDK_DISABLED=true ends all tracing."""
    with http_sink() as sink:
        succeed(ONE_CALL, environ={"TOKENLAKE_TARGET": f"http://{sink.address}", **variables})

        assert expected == sink.names


def test_the_target_of_the_environment_goes_before_the_standard_endpoint() -> None:
    """init_token_tracking() without a target sends to TOKENLAKE_TARGET, with what TOKENLAKE_CHANNEL says."""
    with http_sink() as sink, http_sink() as other:
        succeed(
            ONE_CALL,
            environ={
                "TOKENLAKE_TARGET": f"http://{sink.address}",
                "TOKENLAKE_CHANNEL": "web",
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{other.address}",
            },
        )

        expected = ["web"]

        assert expected == [attributes_of(span)["tokenlake.channel"] for span in sink.spans]
        assert other.spans == []


def test_an_unknown_protocol_stops_the_start() -> None:
    """The program ends with the error that names the variable."""
    finished = run_python(ONE_CALL, environ={"OTEL_EXPORTER_OTLP_PROTOCOL": "carrier-pigeon"})

    expected = 1

    assert expected == finished.returncode
    assert "OTEL_EXPORTER_OTLP_PROTOCOL='carrier-pigeon' is not supported" in finished.stderr


def test_a_global_provider_of_the_application_is_joined_and_never_replaced() -> None:
    """With a target, spans of the application's own tracers are exported, and the provider stays."""
    with http_sink() as sink:
        succeed(
            """
            import sys
            from opentelemetry import trace
            from opentelemetry.sdk.trace import TracerProvider
            from tokenlake import init_token_tracking
            application = TracerProvider()
            trace.set_tracer_provider(application)
            init_token_tracking(sys.argv[1])
            assert application is trace.get_tracer_provider()
            trace.get_tracer("application").start_span("GET").end()
            """,
            f"http://{sink.address}",
        )

        expected = ["GET"]

        assert expected == sink.names


def test_the_end_of_the_program_flushes_what_the_application_would_not() -> None:
    """Our exporter is flushed at exit also beside a provider that is not shut down there."""
    with http_sink() as sink:
        succeed(
            """
            import sys
            from opentelemetry.sdk.trace import TracerProvider
            from tokenlake import init_token_tracking, record_usage
            init_token_tracking(sys.argv[1], tracer_provider=TracerProvider(shutdown_on_exit=False))
            record_usage(model="m", input_tokens=1)
            """,
            f"http://{sink.address}",
        )

        expected = ["chat m"]

        assert expected == sink.names


def test_a_global_provider_of_the_application_gets_no_exporter_without_a_target() -> None:
    """Nothing goes to the endpoint of the environment, which the application did not export to."""
    with http_sink() as sink:
        succeed(
            """
            from opentelemetry import trace
            from opentelemetry.sdk.trace import TracerProvider
            from tokenlake import init_token_tracking, record_usage
            trace.set_tracer_provider(TracerProvider())
            init_token_tracking()
            record_usage(model="m", input_tokens=1)
            """,
            environ={"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}"},
        )

        nothing: list[str] = []

        assert nothing == sink.names


def test_the_provider_that_we_made_serves_other_tracers_and_a_second_start() -> None:
    """Tracers of before the start are exported too; a new init() exports again, from the same provider."""
    with http_sink() as sink:
        succeed(
            """
            from opentelemetry import trace
            from tokenlake import init_token_tracking, shutdown_token_tracking
            early = trace.get_tracer("early")
            init_token_tracking()
            made = trace.get_tracer_provider()
            early.start_span("early").end()
            shutdown_token_tracking()
            early.start_span("between").end()
            init_token_tracking()
            assert made is trace.get_tracer_provider()
            trace.get_tracer("late").start_span("late").end()
            """,
            environ={"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}"},
        )

        expected = ["early", "late"]

        assert expected == sink.names


def test_a_provider_that_takes_no_processors_is_left_alone() -> None:
    """Beside a foreign global provider record_usage is still exported, and what is missing is logged."""
    with http_sink() as sink:
        finished = run_python(
            """
            import sys
            from opentelemetry import trace
            from tokenlake import init_token_tracking, record_usage
            foreign = trace.NoOpTracerProvider()
            trace.set_tracer_provider(foreign)
            init_token_tracking(sys.argv[1])
            assert foreign is trace.get_tracer_provider()
            record_usage(model="m", input_tokens=1)
            """,
            f"http://{sink.address}",
        )

        expected = (
            0,
            "the tracer provider in use takes no processor: only record_usage is tracked\n",
            ["chat m"],
        )

        assert expected == (finished.returncode, finished.stderr, sink.names)


@pytest.mark.parametrize("target", ["http://127.0.0.1:9", "grpc://127.0.0.1:9"])
def test_a_disabled_sdk_sends_nothing_and_breaks_nothing(target: str) -> None:
    """With OTEL_SDK_DISABLED the calls are no-ops; an endpoint where nobody listens is not even tried."""
    succeed(
        """
        import sys
        from tokenlake import init_token_tracking, record_usage
        init_token_tracking(sys.argv[1])
        record_usage(model="m", input_tokens=1)
        """,
        target,
        environ={"OTEL_SDK_DISABLED": "true"},
    )
