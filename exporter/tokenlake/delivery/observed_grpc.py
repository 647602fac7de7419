"""The SDK's OTLP/gRPC exporter, which also tells how it was answered."""

from collections.abc import Sequence
from typing import Any

import grpc
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult


class ObservedGrpcExporter(OTLPSpanExporter):
    """Remembers the status of the last failed call.

    The exporter has no public place to ask. `_client` has been its stub in all versions since 1.30; where one
    day it is not, `last_status` stays None and nothing is dropped as refused.

    Attributes:
        last_status: name of the last gRPC status other than OK in the last export; None when there was none.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        insecure: bool | None = None,
        headers: tuple[tuple[str, str], ...] | None = None,
    ) -> None:
        self.last_status: str | None = None
        self._settings: dict[str, Any] = {"endpoint": endpoint, "insecure": insecure, "headers": headers}
        super().__init__(**self._settings)

    @property
    def _client(self) -> Any:
        return self._observed

    @_client.setter
    def _client(self, stub: Any) -> None:
        self._observed = None if stub is None else _ObservedStub(stub, self)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export as the SDK does."""
        self.last_status = None
        return super().export(spans)

    def reopen(self) -> None:
        """Open a channel of this process's own after a fork."""
        super().__init__(**self._settings)


class _ObservedStub:
    def __init__(self, stub: Any, exporter: ObservedGrpcExporter) -> None:
        self._stub = stub
        self._exporter = exporter

    def Export(self, *arguments: Any, **settings: Any) -> Any:  # noqa: N802  # the name in the protocol
        try:
            return self._stub.Export(*arguments, **settings)
        except grpc.RpcError as error:
            if _is_too_large(error):
                self._exporter.last_status = "MESSAGE_TOO_LARGE"
                raise _TooLargeError(error) from error
            self._exporter.last_status = error.code().name
            raise


class _TooLargeError(grpc.RpcError):
    """A code that the exporter does not retry, where it would send the same message for ten seconds."""

    def __init__(self, error: Any) -> None:
        super().__init__()
        self._error = error

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.INVALID_ARGUMENT

    def details(self) -> str:
        return f"{self._error.details()}"

    def trailing_metadata(self) -> Any:
        return self._error.trailing_metadata()


def _is_too_large(error: Any) -> bool:
    # gRPC's own refusal has no code of its own; C++, Python and Go word it alike.
    exhausted = error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    return exhausted and "larger than max" in (error.details() or "")
