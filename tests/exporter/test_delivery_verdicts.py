"""What happens to spans that a receiver does not take, by how it answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from harness.deliveries import running_delivery
from harness.scripted_receiver import ScriptedReceiver, grpc_receiver, http_receiver
from tokenlake.delivery.statistics import Drop

Receiver = Callable[[int | str], AbstractContextManager[ScriptedReceiver]]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the exporters retry by themselves for one second instead of ten."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")


@pytest.mark.parametrize(
    ("receiving", "status"), [(http_receiver, 400), (http_receiver, 422), (grpc_receiver, "INVALID_ARGUMENT")]
)
def test_what_is_bad_for_ever_makes_way(receiving: Receiver, status: int | str, tmp_path: Path) -> None:
    """A batch that is refused as invalid is dropped and counted, and what comes after it arrives."""
    with receiving(status) as receiver, running_delivery(tmp_path, receiver.target) as delivery:
        receiver.refused_name = "bad"
        delivery.end("bad", "with it")
        delivery.processor.force_flush(5_000)
        delivery.end("good")
        delivery.processor.force_flush(5_000)

        assert [["good"]] == receiver.taken
        assert {Drop.REFUSED: 2} == delivery.dropped
        assert [] == list(tmp_path.glob("*.otlp"))


@pytest.mark.parametrize(
    ("receiving", "status"),
    [
        (http_receiver, 401),
        (http_receiver, 403),
        (http_receiver, 404),
        (http_receiver, 429),
        (http_receiver, 500),
        (http_receiver, 503),
        (grpc_receiver, "UNAUTHENTICATED"),
        (grpc_receiver, "PERMISSION_DENIED"),
        (grpc_receiver, "UNIMPLEMENTED"),
        (grpc_receiver, "UNAVAILABLE"),
        (grpc_receiver, "RESOURCE_EXHAUSTED"),
    ],
)
def test_what_can_be_mended_is_kept_in_order(receiving: Receiver, status: int | str, tmp_path: Path) -> None:
    """Three batches wait while it answers so, and arrive in their order when it does no more.

    One whose answer comes after the exporter's second, on a busy machine, is sent again at once.
    """
    with receiving(status) as receiver, running_delivery(tmp_path, receiver.target) as delivery:
        delivery.end_alone("first", "second", "third")
        waiting = len(list(tmp_path.glob("*.otlp")))
        receiver.status = 200
        flushed = delivery.processor.force_flush(10_000)

        assert (3, True) == (waiting, flushed)
        assert [["first"], ["second"], ["third"]] == [batch for batch, _ in groupby(receiver.taken)]
        assert {} == delivery.dropped


@pytest.mark.parametrize("receiving", [http_receiver, grpc_receiver])
def test_what_is_too_large_together_is_sent_in_halves(receiving: Any, tmp_path: Path) -> None:
    """Of four spans, each of 60 kB where 130 kB are taken, two at a time arrive; one of 200 kB never can."""
    with receiving(200, 130_000) as receiver, running_delivery(tmp_path, receiver.target) as delivery:
        for name in ("one", "two", "three", "four"):
            delivery.tracer.start_span(name, attributes={"prompt": "x" * 60_000}).end()
        delivery.tracer.start_span("vast", attributes={"prompt": "x" * 200_000}).end()
        delivery.end("last")
        delivery.processor.force_flush(5_000)

        assert ["one", "two", "three", "four", "last"] == [n for names in receiver.taken for n in names]
        assert {Drop.REFUSED: 1} == delivery.dropped


@pytest.mark.parametrize("receiving", [http_receiver, grpc_receiver])
def test_spooled_spans_are_sent_as_the_user_set_it(
    receiving: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OTEL_EXPORTER_OTLP_HEADERS holds for what comes out of the spool, too."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team=search")
    with running_delivery(tmp_path) as delivery:
        delivery.end_alone("waits")
    with receiving(200) as receiver, running_delivery(tmp_path, receiver.target) as delivery:
        delivery.processor.force_flush(10_000)

        assert [["waits"]] == receiver.taken
        assert "search" == receiver.headers["x-team"]


def test_one_span_that_cannot_be_encoded_does_not_take_its_batch_along(tmp_path: Path) -> None:
    """A lone surrogate in a name is no text; the other spans arrive."""
    with http_receiver() as receiver, running_delivery(tmp_path, receiver.target) as delivery:
        delivery.end("good", "\ud800", "fine")
        delivery.processor.force_flush(5_000)

        assert [["good", "fine"]] == receiver.taken
        assert {Drop.UNENCODABLE: 1} == delivery.dropped
