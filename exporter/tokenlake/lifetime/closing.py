"""The end of span processors, within a deadline."""

import inspect
import logging
import threading
import time
from typing import Final

from opentelemetry.sdk.trace import SpanProcessor

_logger = logging.getLogger("tokenlake")

# The exporters' own limit for one request: a collector that is away holds the agent's end up no longer.
TIMEOUT_S: Final = 10.0

_under_way: Final[set[threading.Event]] = set()


def shut_down_within(processors: tuple[SpanProcessor, ...], timeout_s: float) -> None:
    """Flush and shut processors down, waiting this many seconds at most; never raises."""
    done = threading.Event()
    _under_way.add(done)

    def close() -> None:
        shut_down(processors, timeout_s)
        _under_way.discard(done)
        done.set()

    # A thread of our own, because processors of others may take no deadline: the SDK's waits up to 30 s.
    try:
        threading.Thread(target=close, name="tokenlake-shutdown", daemon=True).start()
    except RuntimeError:  # from Python 3.12 on no thread can start while the interpreter ends
        close()
    if not done.wait(timeout_s):
        _logger.warning("the last spans were not sent within %s s: they may be lost", timeout_s)


def wait_for_shutdowns(timeout_s: float) -> None:
    """Wait until all that `shut_down_within` has begun is done, this many seconds at most."""
    end = time.monotonic() + timeout_s
    for done in list(_under_way):
        done.wait(max(0.0, end - time.monotonic()))


def forget_shutdowns() -> None:
    """Forget in a forked process what its parent is shutting down: nobody here will finish it."""
    _under_way.clear()


def shut_down(processors: tuple[SpanProcessor, ...], timeout_s: float) -> None:
    """Flush and shut processors down, telling those that want to know how long they have; never raises."""
    for processor in processors:
        takes_deadline = "timeout_millis" in inspect.signature(processor.shutdown).parameters
        try:
            processor.shutdown(**({"timeout_millis": int(timeout_s * 1000)} if takes_deadline else {}))
        except Exception:  # one broken exporter must neither stop the others nor the agent
            _logger.exception("shutting down %s failed", type(processor).__name__)
