"""Stored doubles of the reports that are decided: those of now, and those of before a batch came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

import duckdb
import pyarrow as pa

from tokenlake_collector.account.doubles import LONGEST, doubles, side_of
from tokenlake_collector.account.reports import Report, Row, report
from tokenlake_collector.account.stored import as_reported
from tokenlake_collector.account.versions import best_versions
from tokenlake_collector.storage.sql import query, visible

_AROUND = timedelta(seconds=1)
"""More than times are rounded by; what is found needlessly is left aside again."""

_WANTED = pa.schema(
    [
        ("service_name", pa.string()),
        ("service_instance", pa.string()),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("first", pa.timestamp("us")),
        ("last", pa.timestamp("us")),
    ]
)


class StoredDoubles:
    """Finds the doubles of what a search has found so far, given the reports of the batch.

    Whose double a report is depends on what is around it, which need not be decided again. So that is read,
    and kept apart. A report of the batch may take a double from a stored one, which then has none. `longest`
    is the longest duration that is stored.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, fresh: Iterable[Row], longest: timedelta
    ) -> None:
        self._connection = connection
        self._longest = min(longest, LONGEST)
        self._fresh = list(fresh)
        self._asked: set[tuple[UUID, bool]] = set()
        self._around: dict[UUID, Row] = {}

    def of(self, found: Mapping[UUID, Row]) -> set[UUID]:
        """Return the ids of reports that are, or were before, doubles of those found or of the batch's."""
        self._look_around(map(report, self._fresh), is_stored=False)
        self._look_around((report(as_reported(row)) for row in found.values()), is_stored=True)
        stored = [as_reported(row) for row in (self._around | dict(found)).values()]
        decided = {row["id"] for row in self._fresh} | found.keys()
        wanted: set[UUID] = set()
        for rows in (stored, best_versions([*self._fresh, *stored])):
            for pair in doubles(map(report, rows)):
                ids = {one.id for one in pair}
                wanted |= ids if ids & decided else set()
        return wanted - decided

    def _look_around(self, reports: Iterable[Report], *, is_stored: bool) -> None:
        """Read what is around some reports, once each; of the stored and the new version of one both."""
        new = [r for r in reports if side_of(r) and (r.id, is_stored) not in self._asked]
        if not new:
            return
        self._asked |= {(r.id, is_stored) for r in new}
        wanted = pa.Table.from_pylist(
            [r.row | {"first": r.start - _AROUND, "last": r.end + _AROUND} for r in new], schema=_WANTED
        )
        bounds = {
            "first": min(r.start for r in new) - self._longest - _AROUND,
            "last": max(r.end for r in new) + _AROUND,
        }
        with visible(self._connection, wanted_processes=wanted):
            rows = query(self._connection, __package__, "stored_doubles", bounds)
        self._around |= {row["id"]: row for row in rows}
