"""The SDK's OTLP/HTTP exporter, which also tells how it was answered."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from requests.adapters import HTTPAdapter

_CREDENTIAL_PROVIDERS = (
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER",
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER",
)


class ObservedHttpExporter(OTLPSpanExporter):
    """Remembers the status of the last reply, by a hook on the session that every version takes.

    Attributes:
        last_status: HTTP status of the last reply to the last export; None when there was none.
    """

    def __init__(self, endpoint: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        self.last_status: int | None = None
        # A session of the user's own has its credentials: its replies stay unknown, and what fails is kept.
        self._watched = None if any(map(os.environ.get, _CREDENTIAL_PROVIDERS)) else requests.Session()
        if self._watched is not None:
            self._watched.hooks["response"].append(self._note)
        super().__init__(endpoint=endpoint, headers=dict(headers) if headers else None, session=self._watched)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export as the SDK does."""
        self.last_status = None
        return super().export(spans)

    def reopen(self) -> None:
        """Use no connection of the process before a fork: the parent goes on writing to them."""
        if self._watched is not None:
            # New adapters, because closing the old ones takes locks that the parent's threads may have held.
            self._watched.mount("https://", HTTPAdapter())
            self._watched.mount("http://", HTTPAdapter())

    def _note(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self.last_status = response.status_code
