"""What token tracking has joined in this process, and where its spans go."""

import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import Decision

from tokenlake import attributes as keys
from tokenlake.attribution.processor import TokenTrackingProcessor
from tokenlake.delivery import SpoolSettings, delivery_processor
from tokenlake.delivery.exporters import span_exporter
from tokenlake.delivery.target import EmbeddedTarget, Target, environment_target
from tokenlake.lifetime.attachment import Attachment, JoinableProvider
from tokenlake.lifetime.closing import TIMEOUT_S, forget_shutdowns, shut_down_within, wait_for_shutdowns
from tokenlake.lifetime.environment import has_no_exporter
from tokenlake.lifetime.sampling import RecordingSampler, UsageOfUnsampled, unsampled_by
from tokenlake.lifetime.standby import StandbyProvider
from tokenlake.version import __version__

_logger = logging.getLogger("tokenlake")


@dataclass(frozen=True, slots=True)
class Settings:
    """What `init_token_tracking` was asked for; equal settings need no second start."""

    target: Target | EmbeddedTarget | None = None
    service_name: str | None = None
    headers: Mapping[str, str] | None = None
    provider: JoinableProvider | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """What was started for some settings."""

    settings: Settings
    attachment: Attachment
    tracer: trace.Tracer


class Tracker:
    """The tracking of one process: which provider was joined, and where its spans go."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._running: Running | None = None
        self._attachments: list[Attachment] = []
        self._created: TracerProvider | None = None
        self._is_off = False

    @property
    def tracer(self) -> trace.Tracer | None:
        """The tracer of `record_usage`; None before the start and after the stop."""
        running = self._running
        if running is None:
            return trace.NoOpTracer() if self._is_off else None
        return running.tracer

    def start(self, settings: Settings) -> None:
        """Start, or switch to these settings; does nothing when they are the running ones."""
        with self._lock:
            before = self._running
            # First all that can fail: a wrong second target leaves the first one running.
            provider = self._joinable(settings)
            if before and before.settings == settings and before.attachment.provider is provider:
                return
            processors = self._processors(settings, provider)
            attachment = self._attached(provider or self._create(settings))
            # The new way is open before the old one closes, so that no span falls between.
            replaced = attachment.exchange(*processors)
            self._running = Running(settings, attachment, _tracer(attachment.provider, processors))
            if before and before.attachment is not attachment:
                replaced += before.attachment.exchange()
        shut_down_within(replaced, TIMEOUT_S)

    def start_nothing(self) -> None:
        """Let `record_usage` do nothing without a warning: somebody switched tracking off."""
        self._is_off = True

    def follow(self) -> None:
        """Move to the provider that the application has set by now; never raises."""
        try:
            if running := self._running:
                self.start(running.settings)
        except Exception:  # it was set by the application, which must not suffer
            _logger.exception("the application's tracer provider is not joined")

    def forked(self) -> None:
        """Forget in a forked process what threads of the parent hold; the delivery starts anew by itself."""
        self._lock = threading.RLock()
        forget_shutdowns()

    def flush(self, timeout_s: float) -> None:
        """Export what has ended, also what a shutdown under way still exports, and go on."""
        if running := self._running:
            running.attachment.force_flush(int(timeout_s * 1000))
        wait_for_shutdowns(timeout_s)

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
        if settings.service_name is not None and provider is not None:
            _warn_about_name(settings.service_name, provider)
        processors: list[SpanProcessor] = [TokenTrackingProcessor()]
        if target := _export_target(settings, ours=ours):
            processors.append(UsageOfUnsampled(_delivery(target, settings.headers)))
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
        # Nobody else exports its spans: what OTEL_TRACES_SAMPLER drops is still searched for model calls.
        self._created.sampler = RecordingSampler(self._created.sampler)
        _publish(self._created)
        return self._created


def _tracer(provider: JoinableProvider, processors: list[SpanProcessor]) -> trace.Tracer:
    """Return the tracer of `record_usage`, whose spans no sampler drops."""
    exported_by_us = len(processors) > 1
    decision = Decision.RECORD_ONLY if exported_by_us else Decision.RECORD_AND_SAMPLE
    return unsampled_by(provider.get_tracer("tokenlake", __version__), decision)


def _export_target(settings: Settings, *, ours: bool) -> Target | EmbeddedTarget | None:
    """Return where we export to; None where only the application does, or nobody shall."""
    if settings.target is None and ours and not has_no_exporter(os.environ):
        return environment_target(os.environ)
    return settings.target


def _delivery(target: Target | EmbeddedTarget, headers: Mapping[str, str] | None) -> SpanProcessor:
    spool = SpoolSettings.from_environ(os.environ, target) if isinstance(target, Target) else None
    return delivery_processor(span_exporter(target, headers), spool)


def _publish(provider: TracerProvider) -> None:
    current = trace.get_tracer_provider()
    if isinstance(current, StandbyProvider):
        current.substitute = provider
    elif isinstance(current, trace.ProxyTracerProvider):
        trace.set_tracer_provider(provider)
    else:
        _logger.warning("the tracer provider in use takes no processor: only record_usage is tracked")


def _warn_about_name(service_name: str, provider: JoinableProvider) -> None:
    resource = getattr(provider, "resource", None)
    if not isinstance(resource, Resource) or resource.attributes.get(keys.SERVICE_NAME) != service_name:
        message = (
            "service_name=%r is not used: the tracer provider has its name already; set OTEL_SERVICE_NAME"
        )
        _logger.warning(message, service_name)
