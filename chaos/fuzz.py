"""Damage recorded requests a million times, and print what became of them.

    PYTHONPATH=tests .venv/bin/python chaos/fuzz.py --mutations 1000000 --processes 2

Every finding names the seed and the number that bring it back:

    PYTHONPATH=tests .venv/bin/python chaos/fuzz.py --seed 7 --first 1234 --mutations 1

The exit code is 1 when there was a crash, a wrong answer, a hang, or memory that did not come back.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time

from harness.fuzzer import Findings, Fuzzer

HANG_MS = 2000.0
GROWTH_MIB = 64.0
"""What a million requests may leave behind, a warm-up left out: memory moves by some MiB either way."""


def main() -> int:
    """Run, print, and tell by the exit code whether all is well."""
    options = _options()
    begun = time.monotonic()
    each = -(-options.mutations // options.processes)
    runs = [(options.seed + place, each, options.first) for place in range(options.processes)]
    total = Findings()
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for findings in pool.imap_unordered(_run, runs):
            total.add(findings)
    _print(total, options, time.monotonic() - begun)
    return int(_is_bad(total))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Damage recorded OTLP requests and watch the ingest.")
    parser.add_argument("--mutations", type=int, default=1_000_000, help="damaged requests in all")
    parser.add_argument("--processes", type=int, default=1, help="each has a seed of its own")
    parser.add_argument("--seed", type=int, default=1, help="of the first process; the next has one more")
    parser.add_argument("--first", type=int, default=0, help="number of the first request of each seed")
    return parser.parse_args()


def _run(run: tuple[int, int, int]) -> Findings:
    seed, requests, first = run
    return Fuzzer(seed).run(requests, first=first)


def _print(found: Findings, options: argparse.Namespace, seconds: float) -> None:
    refused = sum(found.refused.values())
    rows = {
        "seeds": f"{options.seed} to {options.seed + options.processes - 1}",
        "mutations": f"{found.requests:,} in {seconds:,.0f} s",
        "bytes": f"{found.bytes:,}",
        "accepted": f"{found.accepted:,}",
        "refused": f"{refused:,}",
        "crashes": len(found.crashes),
        "wrong answers": len(found.wrong),
        "laxer than protobuf": f"{found.lax:,} (malformed fields that nobody reads)",
        "stricter": f"{found.strict:,} (a field of number 0 inside an unknown group)",
        "slowest": f"{found.slowest_ms:,.0f} ms ({found.slowest})",
        "memory growth": f"{found.growth_mib:,.0f} MiB",
    }
    for name, value in rows.items():
        print(f"{name:<20} {value}")
    found_out = f"{len(found.crashes)} crashes, {len(found.wrong)} wrong answers"
    fault = f"damaged requests ({found.bytes / 1e9:.1f} GB)"
    print(f"| {fault} | {found.requests:,}: {found_out} | | | |")
    print("\nrefused, by reason")
    for reason, number in found.refused.most_common():
        print(f"{number:>9,}  {reason}")
    for finding in [*found.crashes, *found.wrong]:
        print(f"\n{finding}")


def _is_bad(found: Findings) -> bool:
    hangs = found.slowest_ms > HANG_MS
    return bool(found.crashes or found.wrong or hangs or found.growth_mib > GROWTH_MIB)


if __name__ == "__main__":
    sys.exit(main())
