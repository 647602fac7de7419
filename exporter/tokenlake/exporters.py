"""The SDK's own OTLP exporters, made for a target."""

from collections.abc import Mapping

from opentelemetry.sdk.trace.export import SpanExporter

from tokenlake.target import Protocol, Target


def span_exporter(target: Target, headers: Mapping[str, str] | None) -> SpanExporter:
    """Return the SDK's exporter for a target.

    Args:
        target: where to; what is None there is left to the exporter and its OTEL_* variables.
        headers: sent with every request; None leaves them to the variables too.
    """
    if target.protocol is Protocol.GRPC:
        return _grpc_exporter(target, headers)
    return _http_exporter(target, headers)


def _http_exporter(target: Target, headers: Mapping[str, str] | None) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  # only who exports over HTTP pays for requests
        OTLPSpanExporter,
    )

    return OTLPSpanExporter(endpoint=target.url, headers=dict(headers) if headers else None)


def _grpc_exporter(target: Target, headers: Mapping[str, str] | None) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415  # grpc is slow to import and starts threads
        OTLPSpanExporter,
    )

    # gRPC refuses metadata keys with capitals, which HTTP users are used to.
    metadata = tuple((key.lower(), value) for key, value in headers.items()) if headers else None
    return OTLPSpanExporter(endpoint=target.url, insecure=target.insecure, headers=metadata)
