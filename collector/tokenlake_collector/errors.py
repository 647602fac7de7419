"""Everything that can go wrong with a request or at start-up, and who should do what about it."""

from __future__ import annotations


class CollectorError(Exception):
    """A failure with a message for a person; `retryable` tells the sender whether to send again."""

    retryable = False


class BadRequest(CollectorError):
    """The bytes are not an OTLP request: the same bytes will always fail."""


class UnsupportedEncoding(CollectorError):
    """The Content-Encoding or Content-Type is one that this receiver does not speak."""


class TooLarge(CollectorError):
    """The body is over the size limit, before or after decompression."""


class Overloaded(CollectorError):
    """More bytes wait for a commit than the limit allows: send again a little later."""

    retryable = True


class ShuttingDown(CollectorError):
    """The collector is stopping and takes nothing new: send again, to its successor."""

    retryable = True


class CommitFailed(CollectorError):
    """The rows could not be made durable (disk full, for example): nothing was acknowledged."""

    retryable = True


class StartupError(CollectorError):
    """The collector cannot start; the message names the thing and the remedy (exit code 2)."""
