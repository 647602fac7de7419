"""What each stage of the ingest costs per span, beside the obvious way measured in the same run.

    make bench

The baseline walks protobuf messages span by span in Python, which is how a receiver is usually written, and
only collects attributes; every other line is a stage of ours that ends in durable, deduplicated rows.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tokenlake_collector.account.accounting import Accounting
from tokenlake_collector.account.planning import Plan
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.spans import flatten_spans
from tokenlake_collector.prices import PriceBook
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger

SPANS_IN_A_REQUEST = 512
REQUESTS_IN_A_GROUP = 8
ROUNDS = 7
START_NS = 1_780_000_000_000_000_000


def request(number: int) -> bytes:
    """Build one request of GenAI spans with 17 attributes and ids of their own."""
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    for index in range(7):
        resource.resource.attributes.add(key=f"host.key.{index}").value.string_value = f"value-{index}"
    scope = resource.scope_spans.add()
    for index in range(SPANS_IN_A_REQUEST):
        span = scope.spans.add(name="chat gpt-5", kind=3)
        serial = number * SPANS_IN_A_REQUEST + index + 1
        span.trace_id, span.span_id = (serial * 7919).to_bytes(16, "big"), serial.to_bytes(8, "big")
        span.start_time_unix_nano = START_NS + serial * 1_000_000
        span.end_time_unix_nano = span.start_time_unix_nano + 900_000_000
        for key, value in attributes(serial).items():
            any_value = span.attributes.add(key=key).value
            if isinstance(value, int):
                any_value.int_value = value
            else:
                any_value.string_value = value
    return message.SerializeToString()


def attributes(serial: int) -> dict[str, str | int]:
    """Return what an ordinary instrumentation writes: 12 attributes that are read, 5 that are not."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.response.model": "gpt-5-2025-08-07",
        "gen_ai.response.id": f"chatcmpl-{serial:016x}",
        "gen_ai.conversation.id": f"session-{serial % 977}",
        "user.id": f"user-{serial % 211}",
        "gen_ai.usage.input_tokens": 1000 + serial % 1000,
        "gen_ai.usage.output_tokens": 100 + serial % 100,
        "gen_ai.usage.cache_read.input_tokens": serial % 500,
        "server.address": "api.openai.com",
        "tokenlake.channel": "web",
        "server.port": 443,
        "gen_ai.request.max_tokens": 4096,
        "gen_ai.request.temperature": "0.7",
        "gen_ai.response.finish_reasons": "stop",
        "gen_ai.openai.response.service_tier": "default",
    }


def walk(payloads: list[bytes]) -> int:
    """Collect every attribute of every span with protobuf's own classes."""
    seen = 0
    for payload in payloads:
        for resource in ExportTraceServiceRequest.FromString(payload).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    values = {
                        pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "")
                        for pair in span.attributes
                    }
                    seen += len(values)
    return seen


def microseconds_per_span(work: Callable[[int], object]) -> float:
    """Return the median over several rounds."""
    taken = []
    for number in range(ROUNDS):
        begun = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) / (SPANS_IN_A_REQUEST * REQUESTS_IN_A_GROUP) * 1e6


def main() -> None:
    """Print a line per stage."""
    groups = [
        [request(REQUESTS_IN_A_GROUP * number + index) for index in range(REQUESTS_IN_A_GROUP)]
        for number in range(ROUNDS)
    ]
    decoded = [decode(Signal.TRACES, group) for group in groups]
    flat = [flatten_spans(records, REQUESTS_IN_A_GROUP) for records in decoded]
    baseline = microseconds_per_span(lambda number: walk(groups[number]))
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.open(Path(folder) / "bench.duckdb")
        accounting = ledger.transaction(lambda connection: Accounting(connection, PriceBook(), ledger.hours))
        plans: list[Plan] = []

        def plan(number: int) -> None:
            plans.append(accounting.plan(flat[number].rows, flat[number].relatives))

        def commit(number: int) -> None:
            ledger.transaction(lambda c: accounting.store(c, plans[number]))

        stages = {
            "decode (bytes to Arrow)": microseconds_per_span(lambda n: decode(Signal.TRACES, groups[n])),
            "flatten (Arrow to rows)": microseconds_per_span(
                lambda n: flatten_spans(decoded[n], REQUESTS_IN_A_GROUP)
            ),
            "plan (who has company, prices)": microseconds_per_span(plan),
            "commit (durable, each once)": microseconds_per_span(commit),
        }
        with ledger.cursor() as cursor:
            stored = cursor.execute("SELECT count(*) FROM token_usage").fetchall()[0][0]
        ledger.close()
    print(f"{'stage':34}{'µs a span':>10}{'of the walk':>13}")
    print(f"{'walk in Python (baseline)':34}{baseline:10.2f}{1:13.2f}")
    for name, cost in stages.items():
        print(f"{name:34}{cost:10.2f}{cost / baseline:13.2f}")
    assert stored == SPANS_IN_A_REQUEST * REQUESTS_IN_A_GROUP * ROUNDS


if __name__ == "__main__":
    main()
