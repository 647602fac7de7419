"""Start and end of token tracking in a process."""

import atexit
import os
from collections.abc import Mapping
from functools import cache
from typing import Final

from opentelemetry import trace

from tokenlake.attribution.context import set_process_context
from tokenlake.attribution.propagation import install_baggage
from tokenlake.delivery.target import parse_target
from tokenlake.lifetime.attachment import JoinableProvider
from tokenlake.lifetime.children import finish_in_workers, run_in_forks
from tokenlake.lifetime.closing import TIMEOUT_S
from tokenlake.lifetime.environment import (
    SIGTERM_FLUSH,
    TARGET,
    environment_context,
    is_switched_off,
    is_tracking_off,
)
from tokenlake.lifetime.termination import flush_on_sigterm
from tokenlake.lifetime.tracker import Settings, Tracker

_tracker: Final = Tracker()


def init_token_tracking(
    target: str | os.PathLike[str] | None = None,
    *,
    service_name: str | None = None,
    headers: Mapping[str, str] | None = None,
    tracer_provider: JoinableProvider | None = None,
) -> None:
    """Start tracking: stamp the tracking context on every span, and export.

    The application's tracer provider, when there is one, is joined and never replaced, so set it up
    first. Who exports:

    - with a target: a batch processor and an exporter of ours, in addition to the application's;
    - without, in an application that has a provider: the application's own exporters, nothing is added;
    - without, and no provider: we make one and set it globally, with a batch processor and the OTLP exporter
      that the standard OTEL_EXPORTER_OTLP_* variables describe (http/protobuf where they name no protocol).

    A second call with equal arguments does nothing; with others it switches over and closes the first
    exporter. Ended spans are flushed at exit, at SIGTERM, at the end of a `multiprocessing` worker, or by
    `shutdown_token_tracking`. No sampler drops what `record_usage` reports. A forked process sends its own
    calls.

    The TOKENLAKE_* variables of the environment are read here: see `tokenlake.lifetime.environment`. With
    TOKENLAKE_TRACKING=off or OTEL_SDK_DISABLED=true nothing is started; with OTEL_TRACES_EXPORTER=none we
    export only to a target.

    Args:
        target: `http://host:4318` or `https://…` for OTLP/HTTP (`/v1/traces` is added where it is missing),
            `grpc://host:4317` for OTLP/gRPC, `grpcs://host:4317` for the same with TLS; a file such as
            `usage.duckdb`, which this process then writes itself; else TOKENLAKE_TARGET decides.
        service_name: `service.name` of the provider that we make; else OTEL_SERVICE_NAME decides.
        headers: sent with every request of our exporter; else OTEL_EXPORTER_OTLP_HEADERS decides.
        tracer_provider: the SDK provider to join instead of the global one.

    Raises:
        EmbeddedModeError: when the target is a file that this process cannot write.
        TargetError: when the target is none of the accepted forms.
        ProtocolError: when the environment names an OTLP protocol other than grpc and http/protobuf.
        BaggageError: when a TOKENLAKE_BAGGAGE_* variable has a value that cannot be meant.
    """
    if is_tracking_off(os.environ):
        _tracker.start_nothing()
        return
    wanted = target if target is not None else os.environ.get(TARGET.variable) or None
    parsed = None if wanted is None else parse_target(wanted)
    install_baggage()
    set_process_context(environment_context(os.environ))
    _tracker.start(Settings(parsed, service_name, dict(headers) if headers else None, tracer_provider))
    _arrange_the_end()


def shutdown_token_tracking(timeout_s: float = TIMEOUT_S) -> None:
    """Flush and close what `init_token_tracking` added; the application's own exporters go on.

    Safe before init and when called again; never raises. Runs by itself at exit.

    Args:
        timeout_s: how many seconds to wait for the last spans; a warning is logged when that was too short.
    """
    _tracker.stop(timeout_s)
    atexit.unregister(shutdown_token_tracking)


def flush_token_tracking() -> None:
    """Export the spans that have ended until now, and wait for it; does nothing before init."""
    _tracker.flush(TIMEOUT_S)


def follow_application_provider() -> None:
    """Move to the provider that the application has set by now; never raises."""
    _tracker.follow()


def current_tracer() -> trace.Tracer | None:
    """Return the tracer for our own spans; None while token tracking is not initialised."""
    return _tracker.tracer


def _arrange_the_end() -> None:
    atexit.unregister(shutdown_token_tracking)
    atexit.register(shutdown_token_tracking)
    if not is_switched_off(os.environ, SIGTERM_FLUSH):
        flush_on_sigterm(_tracker.flush)
    _arrange_children()


@cache
def _arrange_children() -> None:
    run_in_forks(_tracker.forked)
    finish_in_workers(shutdown_token_tracking)
