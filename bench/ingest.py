"""What the collector takes in, side by side with a server that acknowledges everything and throws it away.

    make bench

Generator and server share the machine's cores. Every ledger is read after its run and compared with what was
acknowledged. Ratios are those of medians over the rounds, each round with its own run of the baseline.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from load import Load, measured
from sender import Orders
from server import Server, collecting, discarding, stored

SPANS = 512
BUDGET = {False: 160_000, True: 320_000}
"""Unique spans built for each second of sending, without and with other spans between the calls."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One line of the table; `rounds` is how many of the rounds it takes part in."""

    name: str
    transport: str
    connections: int
    encoding: str = "identity"
    mixed: bool = False
    rounds: int = 99

    @property
    def baseline(self) -> Scenario:
        """The same load on the server that throws everything away."""
        return Scenario("discarded", "grpc", self.connections, mixed=self.mixed)


SCENARIOS = (
    Scenario("gRPC", "grpc", 8),
    Scenario("gRPC", "grpc", 16),
    Scenario("gRPC, 80 % other spans", "grpc", 8, mixed=True),
    Scenario("gRPC, 80 % other spans", "grpc", 16, mixed=True),
    Scenario("HTTP protobuf", "http", 8),
    Scenario("HTTP protobuf", "http", 16),
    Scenario("HTTP protobuf, gzip", "http", 16, "gzip", rounds=1),
    Scenario("HTTP JSON", "http", 16, "json", rounds=1),
)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a scenario came to."""

    load: Load
    bytes_per_row: float = 0.0
    is_exact: bool = True


def orders(scenario: Scenario, server: Server, seconds: float, seed: int, *, again: bool) -> Orders:
    """Say what is to be sent to a server."""
    slow = {"gzip": 0.5, "json": 0.05}.get(scenario.encoding, 1.0)
    unique = 40 if again else int(BUDGET[scenario.mixed] * slow * seconds / SPANS / 2)
    target = server.grpc if scenario.transport == "grpc" else server.http
    return Orders(
        target=target,
        transport=scenario.transport,
        encoding=scenario.encoding,
        connections=scenario.connections,
        seconds=seconds,
        spans=SPANS,
        unique=unique,
        seed=seed,
        mixed=scenario.mixed,
        again=again,
    )


def thrown_away(scenario: Scenario, seconds: float) -> Run:
    """Run the baseline."""
    with discarding() as server:
        return Run(measured(server, orders(scenario, server, seconds, 1, again=True)))


def collected(scenario: Scenario, seconds: float, seed: int) -> Run:
    """Run a collector on a new ledger, and compare what it stored with what it acknowledged."""
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "bench.duckdb"
        with collecting(db) as server:
            load = measured(server, orders(scenario, server, seconds, seed, again=False))
        ledger = stored(db)
        return Run(load, ledger.bytes / ledger.rows, load.calls == ledger.rows == ledger.distinct)


def table(seconds: float, rounds: int) -> None:
    """Print a line for every scenario."""
    print(f"{'':26}conn   spans/s  ratio  p50 ms  p99 ms  CPU µs   MiB  B/row  exact")
    baselines: dict[Scenario, list[Run]] = {}
    for scenario in SCENARIOS:
        runs: list[Run] = []
        for number in range(min(rounds, scenario.rounds)):
            known = baselines.setdefault(scenario.baseline, [])
            if len(known) <= number:
                known.append(thrown_away(scenario.baseline, min(seconds, 3)))
                if number + 1 == min(rounds, scenario.rounds):
                    _print(scenario.baseline, known, known)
            runs.append(collected(scenario, seconds, 2 + number))
        _print(scenario, runs, baselines[scenario.baseline])


def _print(scenario: Scenario, runs: Sequence[Run], baseline: Sequence[Run]) -> None:
    middle = {name: _median(runs, name) for name in ("rate", "p50_ms", "p99_ms", "cpu", "memory_mib")}
    ratio = middle["rate"] / _median(baseline, "rate")
    row_bytes = statistics.median(run.bytes_per_row for run in runs)
    exact = "yes" if all(run.is_exact for run in runs) else "NO"
    print(
        f"{scenario.name:26}{scenario.connections:4}{middle['rate']:10,.0f}{ratio:7.3f}{middle['p50_ms']:8.0f}"
        f"{middle['p99_ms']:8.0f}{middle['cpu']:8.1f}{middle['memory_mib']:6.0f}{row_bytes:7.0f}  {exact}",
        flush=True,
    )


def _median(runs: Sequence[Run], name: str) -> float:
    return statistics.median(float(getattr(run.load, name)) for run in runs)


def steady(seconds: float) -> None:
    """Print what 5,000 spans a second in requests of 50 cost, and a collector that has nothing to do."""
    with tempfile.TemporaryDirectory() as folder, collecting(Path(folder) / "bench.duckdb") as server:
        begun, idle = server.cpu_seconds(), server.memory_mib("VmRSS")
        time.sleep(10)
        print(f"idle: {idle:.0f} MiB resident, {(server.cpu_seconds() - begun) * 10:.1f} % of a core")
        steady_orders = Orders(
            target=server.grpc,
            transport="grpc",
            encoding="identity",
            connections=8,
            seconds=seconds,
            spans=50,
            unique=int(5000 * seconds / 50 / 2) + 100,
            seed=9,
            rate=2500.0,
        )
        load = measured(server, steady_orders)
        print(
            f"steady: {load.rate:,.0f} spans/s in requests of 50: acknowledged in {load.p50_ms:.0f} ms "
            f"(p50), {load.p99_ms:.0f} ms (p99), {load.cpu_share * 100:.0f} % of a core"
        )


def main() -> None:
    """Print the table, then the quiet cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6, help="how long each run sends")
    parser.add_argument(
        "--rounds", type=int, default=5, help="runs of each line, of which the median is shown"
    )
    parser.add_argument("--steady-s", type=float, default=60, help="how long the steady load lasts")
    given = parser.parse_args()
    table(given.seconds, given.rounds)
    steady(given.steady_s)


if __name__ == "__main__":
    main()
