"""A collector whose disk fills up and is emptied again, five times; three need root, to mount a disk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

_TESTS = Path(__file__).parent.parent / "tests" / "faults" / "test_full_disk_collector.py"


def main() -> int:
    """Run the test with its long cases: it compares every acknowledged span with the ledger."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(_TESTS)]
    environment = {**os.environ, "TOKENLAKE_CHAOS": "1"}
    ran = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    print(ran.stdout)
    passed = re.search(r"(\d+) passed", ran.stdout)
    if ran.returncode == 0 and passed:
        fault = "a full disk (a file-size limit, a small file system)"
        print(f"| {fault} | {passed[1]} | all that were sent | 0 | 0 |")
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main())
