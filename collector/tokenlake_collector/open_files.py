"""Room for as many connections as the limits allow: each is an open file."""

from __future__ import annotations

import logging
import resource

_OTHER_FILES = 256
"""The ledger, its log, DuckDB's temporary files, the libraries' own."""

_log = logging.getLogger(__name__)


def allow_open_files(connections: int) -> None:
    """Raise the soft limit of open files for two listeners with so many connections each, if it is lower."""
    needed = 2 * connections + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reachable = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < reachable:
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    if reachable < needed:
        _log.warning(
            "only %d files may be open, %d are needed for --max-connections: raise ulimit -n", hard, needed
        )
