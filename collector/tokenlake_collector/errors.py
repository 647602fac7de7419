"""Everything that can go wrong with a request or at start-up, and who should do what about it."""

from __future__ import annotations

from typing import Self


class CollectorError(Exception):
    """A failure with a message for a person; `retryable` tells the sender whether to send again."""

    retryable = False

    def released(self) -> Self:
        """Forget where this was raised, and return it: those frames hold the request's bytes for a while."""
        self.__traceback__ = self.__context__ = self.__cause__ = None
        return self


class BadRequest(CollectorError):
    """The bytes are not an OTLP request: the same bytes will always fail."""


class UnsupportedEncoding(CollectorError):
    """The Content-Encoding is one that this receiver does not speak."""


class UnsupportedMediaType(CollectorError):
    """The Content-Type is one that this receiver does not speak."""


class TooLarge(CollectorError):
    """The body is over the size limit, before or after decompression."""


class Unauthenticated(CollectorError):
    """There is no token, or one that this collector does not know."""


class PermissionDenied(CollectorError):
    """The token is for something else."""


class Overloaded(CollectorError):
    """More bytes arrive or wait for a commit than the limit allows: send again a little later."""

    retryable = True


class Stalled(CollectorError):
    """The request did not arrive in the time that it has: send again."""

    retryable = True


class ShuttingDown(CollectorError):
    """The collector is stopping and takes nothing new: send again, to its successor."""

    retryable = True


class CommitFailed(CollectorError):
    """The rows could not be made durable (disk full, for example): nothing was acknowledged."""

    retryable = True


class StartupError(CollectorError):
    """The collector cannot start; the message names the thing and the remedy (exit code 2)."""
