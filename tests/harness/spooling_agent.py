"""An agent in a process of its own that makes calls when it is told to, and has a spool."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.collector_process import clean_environment

INPUT_TOKENS, OUTPUT_TOKENS = 1_003, 211
"""Of each call."""

_PROGRAM = f"""
import json, os, sys
from opentelemetry import trace
from tokenlake import init_token_tracking, record_usage, shutdown_token_tracking
from tokenlake.delivery import delivery_statistics

init_token_tracking(sys.argv[1])

def make(calls):
    for _ in range(calls):
        record_usage(model="gpt-5", endpoint_name="openai",
                     input_tokens={INPUT_TOKENS}, output_tokens={OUTPUT_TOKENS})

def flush(timeout_millis):
    return trace.get_tracer_provider().force_flush(timeout_millis)

def shut_down(seconds):
    shutdown_token_tracking(seconds)

def fork(calls):
    child = os.fork()
    if child == 0:
        make(calls)
        shutdown_token_tracking(5)
        os._exit(0)
    return os.waitpid(child, 0)[1]

def statistics():
    now = delivery_statistics()
    dropped = {{why.name: spans for why, spans in now.dropped.items()}}
    return {{"sent": now.sent, "spooled": now.spooled, "dropped": dropped}}

for line in sys.stdin:
    name, *arguments = line.split()
    print(json.dumps(globals()[name](*map(float if name == "shut_down" else int, arguments))), flush=True)
"""


@dataclass
class SpoolingAgent:
    """The running agent."""

    process: subprocess.Popen[str]

    def tell(self, command: str, *arguments: float) -> Any:
        """Run `make`, `flush`, `shut_down`, `fork` or `statistics` and return what it returns."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(" ".join([command, *map(str, arguments)]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def finish(self) -> str:
        """Let it end by itself, as a script does at its last line, and return its log."""
        _, log = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, log
        return log

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        self.process.communicate(timeout=60)


@contextlib.contextmanager
def spooling_agent(
    target: str, spool: Path | str, settings: Mapping[str, str] | None = None
) -> Iterator[SpoolingAgent]:
    """Run the agent for the length of a block.

    Args:
        target: as for init_token_tracking.
        spool: TOKENLAKE_SPOOL.
        settings: further environment variables.
    """
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM, target],
        env=clean_environment() | {"TOKENLAKE_SPOOL": str(spool)} | dict(settings or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield SpoolingAgent(process)
        finally:
            process.kill()


def spooled_files(spool: Path, pattern: str = "*.otlp") -> list[Path]:
    """Return the files that wait below a spool, oldest first."""
    return sorted(spool.glob(f"*/{pattern}"))
