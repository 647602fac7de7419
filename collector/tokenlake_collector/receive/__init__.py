"""The OTLP transports. They hand bytes to a `submit` function and know nothing of what happens there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tokenlake_collector.ingest import Accepted
from tokenlake_collector.signals import Signal

Submit: TypeAlias = Callable[[Signal, bytes], Awaitable[Accepted]]
"""Makes a request (protobuf bytes) durable; raises a CollectorError otherwise."""
