"""What a sender is told."""

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from tokenlake_collector.errors import (
    BadRequest,
    CollectorError,
    CommitFailed,
    Overloaded,
    PermissionDenied,
    ShuttingDown,
    Stalled,
    StartupError,
    TooLarge,
    Unauthenticated,
    UnsupportedEncoding,
    UnsupportedMediaType,
)
from tokenlake_collector.ingest import Accepted
from tokenlake_collector.receive.replies import RETRY_AFTER_S, code_of, response_to, status_of
from tokenlake_collector.signals import Signal

RETRYABLE = {Overloaded, Stalled, ShuttingDown, CommitFailed}
PERMANENT = {
    BadRequest: (400, grpc.StatusCode.INVALID_ARGUMENT),
    UnsupportedEncoding: (415, grpc.StatusCode.UNIMPLEMENTED),
    UnsupportedMediaType: (415, grpc.StatusCode.UNIMPLEMENTED),
    TooLarge: (413, grpc.StatusCode.RESOURCE_EXHAUSTED),
    Unauthenticated: (401, grpc.StatusCode.UNAUTHENTICATED),
    PermissionDenied: (403, grpc.StatusCode.PERMISSION_DENIED),
}
RETRIED_BY_HTTP = {429, 502, 503, 504}


def test_every_failure_that_can_reach_a_sender_has_its_code() -> None:
    """A failure class added without a code would fail in the reply itself."""
    classes = set(CollectorError.__subclasses__()) - {StartupError}

    assert RETRYABLE | set(PERMANENT) == classes
    assert RETRYABLE == {kind for kind in classes if kind.retryable}


@pytest.mark.parametrize("kind", sorted(RETRYABLE, key=str))
def test_a_passing_failure_asks_to_be_sent_again(kind: type[CollectorError]) -> None:
    """503 and UNAVAILABLE with RetryInfo of at most 2 s: 429 would make Python's exporters drop the data."""
    code, status = code_of(kind("why")), status_of(kind("why"))
    [detail] = status.details
    retry = RetryInfo()

    assert (503, grpc.StatusCode.UNAVAILABLE) == (code.http, code.grpc)
    assert (14, "why", True) == (status.code, status.message, detail.Unpack(retry))
    assert 0 < retry.retry_delay.ToTimedelta().total_seconds() == RETRY_AFTER_S <= 2


@pytest.mark.parametrize(("kind", "codes"), PERMANENT.items())
def test_a_lasting_failure_is_not_sent_again(
    kind: type[CollectorError], codes: tuple[int, grpc.StatusCode]
) -> None:
    """No retryable code and no RetryInfo, which would have RESOURCE_EXHAUSTED retried."""
    code, status = code_of(kind("why")), status_of(kind("why"))

    assert codes == (code.http, code.grpc)
    assert codes[0] not in RETRIED_BY_HTTP
    assert Status(code=codes[1].value[0], message="why") == status


def test_a_message_that_is_not_unicode_can_be_sent() -> None:
    """A message may quote what was received; it must not make the reply fail."""
    status = status_of(BadRequest("it holds \ud800"))

    assert status == Status.FromString(status.SerializeToString())


@pytest.mark.parametrize("signal", Signal)
def test_partial_success_is_unset_when_nothing_was_refused(signal: Signal) -> None:
    """OTLP: a server must leave it unset when it took everything."""
    response = response_to(signal, Accepted())

    assert b"" == response.SerializeToString()
    assert not response.HasField("partial_success")


def test_partial_success_tells_how_many_spans_were_refused_and_why() -> None:
    """The rest was taken: the request must not be sent again."""
    response = response_to(Signal.TRACES, Accepted(3, "a span needs a trace id"))

    assert 'rejected_spans: 3\nerror_message: "a span needs a trace id"\n' == str(response.partial_success)  # type: ignore[attr-defined]  # a trace response
