"""The exporter for a target: the SDK's own for OTLP, the collector's for a file."""

import logging
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final, cast

from opentelemetry.sdk.trace.export import SpanExporter

from tokenlake.delivery.target import EmbeddedTarget, Protocol, Target
from tokenlake.errors import EmbeddedModeError

# The collector's package names its opener here: the exporter imports nothing of the collector.
_GROUP: Final = "tokenlake.embedded"

_logger = logging.getLogger("tokenlake")


def span_exporter(target: Target | EmbeddedTarget, headers: Mapping[str, str] | None) -> SpanExporter:
    """Return the exporter for a target.

    Args:
        target: where to; what is None there is left to the exporter and its OTEL_* variables.
        headers: sent with every request; None leaves them to the variables too. A file has no use for them.

    Raises:
        EmbeddedModeError: when the target is a file that this process cannot write.
    """
    if isinstance(target, EmbeddedTarget):
        if headers:
            _logger.warning("headers are not used: %s is a file", target.path)
        return _embedded_opener()(target.path)
    if target.protocol is Protocol.GRPC:
        return _grpc_exporter(target, headers)
    return _http_exporter(target, headers)


def _http_exporter(target: Target, headers: Mapping[str, str] | None) -> SpanExporter:
    from tokenlake.delivery.observed_http import (  # noqa: PLC0415  # only who exports over HTTP pays for requests
        ObservedHttpExporter,
    )

    return ObservedHttpExporter(endpoint=target.url, headers=dict(headers) if headers else None)


def _grpc_exporter(target: Target, headers: Mapping[str, str] | None) -> SpanExporter:
    from tokenlake.delivery.observed_grpc import (  # noqa: PLC0415  # grpc is slow to import and starts threads
        ObservedGrpcExporter,
    )

    # gRPC refuses metadata keys with capitals, which HTTP users are used to.
    metadata = tuple((key.lower(), value) for key, value in headers.items()) if headers else None
    return ObservedGrpcExporter(endpoint=target.url, insecure=target.insecure, headers=metadata)


def _embedded_opener() -> Callable[[Path], SpanExporter]:
    try:
        (found,) = entry_points(group=_GROUP)
        return cast("Callable[[Path], SpanExporter]", found.load())
    except (ImportError, ValueError) as error:
        raise EmbeddedModeError(
            "a file as target needs the collector in this process: pip install 'tokenlake[collector]', "
            f"or run one and give its address, such as http://127.0.0.1:4318 ({error})"
        ) from error
