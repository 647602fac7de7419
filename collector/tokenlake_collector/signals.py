"""The three signals of OTLP."""

from __future__ import annotations

from enum import StrEnum


class Signal(StrEnum):
    """A kind of telemetry; its value is the last part of the OTLP/HTTP path."""

    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"
