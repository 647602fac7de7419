"""Every long test of faults, one after the other; its last lines are the table in docs/reliability.md.

PYTHONPATH=tests python chaos/run.py            # 200 kills, a million fuzzed bodies: about half an hour
PYTHONPATH=tests python chaos/run.py --short    # the same in a minute or two
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from harness.chaos_table import HEADER

_SCRIPTS = {
    "kills.py": ([], ["--rounds", "10", "--longest-s", "1"]),
    "overload.py": ([], ["--seconds", "5"]),
    "full_disks.py": ([], []),
    "fuzz.py": (["--processes", "2"], ["--mutations", "5000"]),
}
"""Each script, and its options for a long and for a short run."""


def main() -> None:
    """Run all scripts, also after one has failed, and print their lines of the table together."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--short", action="store_true", help="a trial run")
    short = parser.parse_args().short
    rows, failed = [HEADER], []
    for script, options in _SCRIPTS.items():
        code, lines = _run(script, options[short])
        rows += lines
        if code:
            failed.append(f"{script} ended with {code}")
    print("\n".join(["", *rows, *failed]))
    raise SystemExit(1 if failed else 0)


def _run(script: str, options: list[str]) -> tuple[int, list[str]]:
    """Run one script, show what it says, and return its exit code and its lines of the table."""
    print(f"== {script} {' '.join(options)}", flush=True)
    rows = []
    command = [sys.executable, str(Path(__file__).with_name(script)), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if line.startswith("|"):
                rows.append(line.rstrip())
    return process.returncode, rows


if __name__ == "__main__":
    main()
