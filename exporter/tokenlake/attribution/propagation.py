"""The tracking context across services: sent to listed hosts only, received only where that is wanted.

The global propagator is wrapped, not joined by another one: a propagator beside the standard one could not
keep it from forwarding to every host, providers included, what a request brought along.
"""

import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.baggage import get_all
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context, set_value
from opentelemetry.propagate import get_global_textmap, set_global_textmap
from opentelemetry.propagators.textmap import (
    CarrierT,
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)
from opentelemetry.trace import SpanKind, get_current_span

from tokenlake.attribution.baggage import context_of, entries_of, exchanged
from tokenlake.attribution.baggage_settings import BaggageSettings
from tokenlake.attribution.context import EMPTY, RECEIVED, TokenTrackingContext, get_tracking_context

_HEADER: Final = "baggage"
_w3c: Final = W3CBaggagePropagator()

# Where instrumentations of HTTP clients say where a request goes; the first that is there decides.
_URLS: Final = ("url.full", "http.url")
_ADDRESSES: Final = ("server.address", "net.peer.name")


class TokenTrackingPropagator(TextMapPropagator):
    """Does what the wrapped propagator does; entries of ours travel as the settings allow, and only so.

    The current span says where a request goes: a client span with the attribute `url.full`, `http.url`,
    `server.address` or `net.peer.name`, which is what instrumentations start. Without one, and for a span
    that the sampler dropped, nothing of ours is sent; `tracking_headers` does not depend on spans.
    """

    def __init__(self, wrapped: TextMapPropagator, settings: BaggageSettings) -> None:
        self.wrapped = wrapped
        self._settings = settings

    def inject(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        setter: Setter[CarrierT] = default_setter,
    ) -> None:
        """Write the headers of an outgoing request."""
        entries = _entries_for(_called_host(context), self._settings, context)
        self.wrapped.inject(carrier, exchanged(context, entries), setter)
        if entries and _HEADER not in self.wrapped.fields:
            _w3c.inject(carrier, exchanged(Context(), entries), setter)

    def extract(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        getter: Getter[CarrierT] = default_getter,
    ) -> Context:
        """Read the headers of an incoming request."""
        extracted = self.wrapped.extract(carrier, context, getter)
        if not self._settings.receive:
            return extracted
        # From the carrier alone: the context around may have baggage of another request.
        entries = get_all(_w3c.extract(carrier, Context(), getter))
        return set_value(RECEIVED, context_of(entries, self._settings.keys), extracted)

    @property
    def fields(self) -> set[str]:
        """The headers that `inject` may write."""
        return self.wrapped.fields | {_HEADER}


@dataclass(slots=True)
class _Process:
    """What was installed last in this process."""

    settings: BaggageSettings


_process: Final = _Process(BaggageSettings())


def install_baggage(settings: BaggageSettings | None = None) -> None:
    """Carry the tracking context to and from other services, through OTel's global propagator.

    Requests of instrumented HTTP clients carry it to the listed hosts; instrumented servers, and our
    middleware, take it from incoming requests. A second call exchanges the settings.

    Args:
        settings: what is sent and received; default: what the TOKENLAKE_BAGGAGE_… variables say, and
            nothing happens when they say nothing.

    Raises:
        BaggageError: when one of the variables has a value that cannot be meant.
    """
    chosen = settings or BaggageSettings.of_environment(os.environ)
    if settings is None and not chosen.active:
        return
    propagator = get_global_textmap()
    wrapped = propagator.wrapped if isinstance(propagator, TokenTrackingPropagator) else propagator
    set_global_textmap(TokenTrackingPropagator(wrapped, chosen))
    _process.settings = chosen


def tracking_headers(url: str) -> dict[str, str]:
    """Return the headers that carry the tracking context to this URL; none unless its host is listed.

    For requests that no instrumentation sends. Entries of others that OTel's baggage may hold are not in it.
    """
    headers: dict[str, str] = {}
    _w3c.inject(headers, exchanged(Context(), _entries_for(_host_of(url), _process.settings)))
    return headers


def received_context(header: str | None) -> TokenTrackingContext:
    """Return what a `baggage` header says; the empty context unless this process receives baggage."""
    if not header or not _process.settings.receive:
        return EMPTY
    entries = get_all(_w3c.extract({_HEADER: header}, Context()))
    return context_of(entries, _process.settings.keys)


def _entries_for(
    host: str | None, settings: BaggageSettings, context: Context | None = None
) -> dict[str, str]:
    return entries_of(get_tracking_context(context), settings.keys) if settings.sends_to(host) else {}


def _called_host(context: Context | None) -> str | None:
    span = get_current_span(context)
    # A server span names our own host, and spans that are not recorded have no attributes.
    if getattr(span, "kind", None) is not SpanKind.CLIENT:
        return None
    attributes = getattr(span, "attributes", None) or {}
    for key in _URLS:
        if key in attributes:
            return _host_of(str(attributes[key]))
    return next((str(attributes[key]) for key in _ADDRESSES if key in attributes), None)


def _host_of(url: str) -> str | None:
    # Clients end the host of `http://a.example\@b.example` at the backslash, and urlsplit at the `@`.
    if "\\" in url:
        return None
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
