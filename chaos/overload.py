"""Far more than can be committed, for a while: memory, refusals, and whether all is stored in the end.

PYTHONPATH=tests python chaos/overload.py --seconds 120
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from pathlib import Path

from harness.chaos_table import row
from harness.collector_process import running_collector
from harness.known_traffic import KnownTraffic, truth_of
from harness.memory import peak_mib
from harness.retrying_client import GrpcSender, HttpSender, RetryingClient, Sender
from harness.standard_exporter import Exporter, standard_program
from harness.stored_spans import totals

_SENDERS = 16


def main() -> None:
    """Overload a collector, with a program and its standard exporter among the senders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "usage.duckdb"
        with (
            running_collector(db, "--max-waiting-mib", "2", "--log-level", "error") as collector,
            standard_program(Exporter.HTTP, collector) as program,
        ):
            senders: list[Sender] = [HttpSender(collector.http) for _ in range(_SENDERS // 2)]
            senders += [GrpcSender(collector.grpc) for _ in range(_SENDERS // 2)]
            client = RetryingClient(KnownTraffic(arguments.seed), senders, arguments.seed)
            threading.Event().wait(arguments.seconds)
            program.make(1_000)
            deliveries = client.finish()
            undelivered = program.finish()
            peak = peak_mib(collector.process.pid)
            code = collector.stop()
        expected, found = truth_of(deliveries.acknowledged) + program.truth, totals(db)
    print(f"exit code {code}, undelivered {undelivered}, peak memory {peak} MiB: {found}", flush=True)
    wrong = found.counted + found.uncounted - expected.counted - expected.uncounted
    spans = deliveries.spans + program.calls
    print(
        row(
            f"overload, {arguments.seconds:.0f} s",
            f"{deliveries.refused:,} refused",
            spans,
            max(-wrong, 0),
            max(wrong, 0),
        )
    )
    if code or undelivered or found != expected:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
