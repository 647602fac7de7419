"""What the collector says on stderr: one line an event, repetitions counted.

A call names the event in its message and what belongs to it in `extra={"fields": {...}}`.
"""

from tokenlake_collector.logs.setup import log_to_stderr

__all__ = ["log_to_stderr"]
