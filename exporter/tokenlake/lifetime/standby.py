"""A tracer provider for an application that may still set its own."""

from collections.abc import Callable
from typing import cast

from opentelemetry import trace
from opentelemetry.util.types import Attributes


class StandbyProvider(trace.ProxyTracerProvider):
    """Stands where OpenTelemetry's placeholder stands, and serves its tracers as long as no provider is set.

    A process can set its provider only once. Zero code starts before the application does, so a provider
    that it set would shut the application's own out. Here tracers belong to the substitute until the
    application sets a provider, and to that one from then on, whenever they were taken.
    """

    def __init__(self) -> None:
        self.substitute: trace.TracerProvider | None = None

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes = None,
    ) -> trace.Tracer:
        """Return the placeholder's tracer with the substitute's behind it instead of none."""
        scope = (instrumenting_module_name, instrumenting_library_version, schema_url, attributes)
        tracer = super().get_tracer(*scope)
        if self.substitute is not None and isinstance(tracer, trace.ProxyTracer):
            substitute = self.substitute.get_tracer(*scope)
            tracer._noop_tracer = cast("trace.NoOpTracer", substitute)  # noqa: SLF001  # the API has no hook
        return tracer


def stand_by(provider_was_set: Callable[[], None]) -> None:
    """Put the stand-in in place; does nothing where it is, or where a provider is set already.

    Args:
        provider_was_set: called whenever the application has set its provider, or tried to; must not raise.
    """
    current = trace.get_tracer_provider()
    if isinstance(current, StandbyProvider) or not isinstance(current, trace.ProxyTracerProvider):
        return
    set_provider = trace._set_tracer_provider  # noqa: SLF001  # what set_tracer_provider calls, however it was imported

    def set_and_tell(tracer_provider: trace.TracerProvider, log: bool) -> None:
        set_provider(tracer_provider, log)
        provider_was_set()

    trace._set_tracer_provider = set_and_tell  # noqa: SLF001  # as above
    trace._PROXY_TRACER_PROVIDER = StandbyProvider()  # noqa: SLF001  # what get_tracer_provider returns while none is set
