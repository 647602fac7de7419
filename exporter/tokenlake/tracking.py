"""Start and end of token tracking in a process."""

import atexit
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tokenlake import attributes as keys
from tokenlake.attachment import Attachment, JoinableProvider, shut_down_within
from tokenlake.exporters import span_exporter
from tokenlake.processor import TokenTrackingProcessor
from tokenlake.target import Target, environment_target, parse_target
from tokenlake.version import __version__

_logger = logging.getLogger("tokenlake")

# The exporters' own limit for one request: a collector that is away holds the agent's end up no longer.
_SHUTDOWN_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What `init_token_tracking` was asked for; equal settings need no second start."""

    target: Target | None
    service_name: str | None
    headers: Mapping[str, str] | None
    provider: JoinableProvider | None


@dataclass(frozen=True, slots=True)
class Running:
    """What was started for some settings."""

    settings: Settings
    attachment: Attachment
    tracer: trace.Tracer


class Tracking:
    """The tracking of one process: which provider was joined, and where its spans go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Running | None = None
        self._attachments: list[Attachment] = []
        self._created: TracerProvider | None = None

    @property
    def tracer(self) -> trace.Tracer | None:
        """The tracer of `record_usage`; None before the start and after the stop."""
        running = self._running
        return running.tracer if running else None

    def start(self, settings: Settings) -> None:
        """Start, or switch to these settings; does nothing when they are the running ones."""
        with self._lock:
            before = self._running
            if before and before.settings == settings:
                return
            # First all that can fail: a wrong second target leaves the first one running.
            provider = self._joinable(settings)
            processors = self._processors(settings, provider)
            attachment = self._attached(provider or self._create(settings))
            # The new way is open before the old one closes, so that no span falls between.
            replaced = attachment.exchange(*processors)
            tracer = attachment.provider.get_tracer("tokenlake", __version__)
            self._running = Running(settings, attachment, tracer)
            if before and before.attachment is not attachment:
                replaced += before.attachment.exchange()
        shut_down_within(replaced, _SHUTDOWN_TIMEOUT_S)

    def stop(self, timeout_s: float) -> None:
        """Flush and close what was started; does nothing when nothing runs."""
        with self._lock:
            running, self._running = self._running, None
        if running:
            shut_down_within(running.attachment.exchange(), timeout_s)

    def _joinable(self, settings: Settings) -> JoinableProvider | None:
        if settings.provider is not None:
            return settings.provider
        provider = trace.get_tracer_provider()
        # By ability, not by class: other products set wrappers of the SDK's provider.
        return provider if hasattr(provider, "add_span_processor") else self._created

    def _processors(self, settings: Settings, provider: JoinableProvider | None) -> list[SpanProcessor]:
        ours = provider is None or provider is self._created
        if not ours and settings.service_name is not None:
            _logger.warning(
                "service_name=%r is not used: the application's provider has its own", settings.service_name
            )
        processors: list[SpanProcessor] = [TokenTrackingProcessor()]
        if ours or settings.target is not None:
            target = settings.target or environment_target(os.environ)
            processors.append(BatchSpanProcessor(span_exporter(target, settings.headers)))
        elif settings.headers is not None:
            _logger.warning("headers are not used: the application's own exporters carry the spans")
        return processors

    def _attached(self, provider: JoinableProvider) -> Attachment:
        for attachment in self._attachments:
            if attachment.provider is provider:
                return attachment
        self._attachments.append(Attachment(provider))
        return self._attachments[-1]

    def _create(self, settings: Settings) -> TracerProvider:
        named = {keys.SERVICE_NAME: settings.service_name} if settings.service_name else {}
        self._created = TracerProvider(resource=Resource.create(named))
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            trace.set_tracer_provider(self._created)
        else:
            _logger.warning("the tracer provider in use takes no processor: only record_usage is tracked")
        return self._created


_tracking: Final = Tracking()


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

    - with a target: a batch processor of ours with an OTLP exporter, in addition to the application's;
    - without, in an application that has a provider: the application's own exporters, nothing is added;
    - without, and no provider: we make one and set it globally, with a batch processor and the OTLP exporter
      that the standard OTEL_EXPORTER_OTLP_* variables describe (http/protobuf where they name no protocol).

    A second call with equal arguments does nothing; with others it switches over and closes the first
    exporter. Ended spans are flushed at exit, or by `shutdown_token_tracking`.

    Args:
        target: `http://host:4318` or `https://…` for OTLP/HTTP (`/v1/traces` is added where it is missing),
            `grpc://host:4317` for OTLP/gRPC, `grpcs://host:4317` for the same with TLS.
        service_name: `service.name` of the provider that we make; else OTEL_SERVICE_NAME decides.
        headers: sent with every request of our exporter; else OTEL_EXPORTER_OTLP_HEADERS decides.
        tracer_provider: the SDK provider to join instead of the global one.

    Raises:
        EmbeddedModeError: when the target is a file, which this version cannot write by itself.
        TargetError: when the target is none of the accepted forms.
        ProtocolError: when the environment names an OTLP protocol other than grpc and http/protobuf.
    """
    parsed = None if target is None else parse_target(target)
    _tracking.start(Settings(parsed, service_name, dict(headers) if headers else None, tracer_provider))
    atexit.unregister(shutdown_token_tracking)
    atexit.register(shutdown_token_tracking)


def shutdown_token_tracking(timeout_s: float = _SHUTDOWN_TIMEOUT_S) -> None:
    """Flush and close what `init_token_tracking` added; the application's own exporters go on.

    Safe before init and when called again; never raises. Runs by itself at exit.

    Args:
        timeout_s: how many seconds to wait for the last spans; a warning is logged when that was too short.
    """
    _tracking.stop(timeout_s)
    atexit.unregister(shutdown_token_tracking)


def current_tracer() -> trace.Tracer | None:
    """Return the tracer for our own spans; None while token tracking is not initialised."""
    return _tracking.tracer
