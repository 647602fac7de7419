"""Commands of the real console, in a process of their own."""

from __future__ import annotations

import subprocess
import sys

from harness.collector_process import clean_environment


def console(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `tokenlake` with arguments and return what it wrote and its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "tokenlake_collector", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment() | environment,
        check=False,
    )
