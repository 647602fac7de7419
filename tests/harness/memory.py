"""How much memory a process has taken."""

from __future__ import annotations

from pathlib import Path


def peak_mib(pid: int) -> int:
    """Return the largest resident size that a process ever had, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024
