"""Families: reports that share a trace or a provider's id, and doubles; new and stored, decided together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tokenlake_collector.account.columns import REPORT_SCHEMA, WITHOUT_COLUMN
from tokenlake_collector.account.decide import decide
from tokenlake_collector.account.doubles import doubles
from tokenlake_collector.account.groups import Groups
from tokenlake_collector.account.overlaps import chained
from tokenlake_collector.account.reports import Node, Report, Row, Verdict, relative, report
from tokenlake_collector.account.same_call import sharing_an_id
from tokenlake_collector.account.stored import as_reported
from tokenlake_collector.account.versions import best_versions

OTHER_SIGNAL = "other_signal"

_COMPARED = (
    *(name for name in REPORT_SCHEMA.names if name not in WITHOUT_COLUMN),
    "reason",
    "counted_id",
    "reported",
)


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it is to be stored, and the version of it that is there already."""

    row: Row
    stored: Row | None


def changes(fresh: Iterable[Row], stored: dict[UUID, Row], kin: Iterable[Row]) -> Iterator[Change]:
    """Decide every family again and yield the rows that are new or become others."""
    rows = best_versions([*fresh, *map(as_reported, stored.values())])
    nodes = [*map(report, rows), *_kin_nodes(kin, rows)]
    for family in _families(nodes):
        verdicts = decide(family)
        for node in family:
            if isinstance(node, Report):
                final = stored_form(node.row, verdicts[node.id])
                yield from changed(final, stored.get(node.id))


def changed(final: Row, stored: Row | None) -> Iterator[Change]:
    """Yield a change where a row is not stored like this already.

    A report of a lower signal stays suppressed: the record that suppressed it does not go away.
    """
    if stored is not None and stored["reason"] == OTHER_SIGNAL and final["reason"] is None:
        final = final | {"reason": OTHER_SIGNAL, "counted_id": stored["counted_id"]}
    if stored is None or any(final[name] != stored[name] for name in _COMPARED):
        yield Change(final, stored)


def stored_form(row: Row, verdict: Verdict) -> Row:
    """Return a row with its verdict, and with what the record itself gave where that was changed."""
    changed = {name: value for name, value in verdict.changes.items() if row[name] != value}
    reported: dict[str, Any] = {name: _plain(row[name]) for name in changed}
    if row["reason"] is not None:
        reported["reason"] = row["reason"]
    if row["resource_session_id"] is not None and row["session_id"] is None:
        reported["resource_session_id"] = row["resource_session_id"]
    final = {name: value for name, value in (row | changed).items() if name not in WITHOUT_COLUMN}
    return final | {
        "reason": verdict.reason,
        "counted_id": verdict.counted_id,
        "reported": json.dumps(reported, sort_keys=True) if reported else None,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _kin_nodes(kin: Iterable[Row], rows: Iterable[Row]) -> Iterator[Node]:
    """Yield each span without usage once; a version with usage takes its place."""
    reporting = {(row["trace_id"], row["span_id"]) for row in rows if row["signal"] == "span"}
    best: dict[tuple[UUID, int], Row] = {}
    for row in kin:
        key = row["trace_id"], row["span_id"]
        known = best.get(key)
        if known is None or (row["end_timestamp"], repr(row)) > (known["end_timestamp"], repr(known)):
            best[key] = row
    yield from (relative(row) for key, row in best.items() if key not in reporting)


def _families(nodes: list[Node]) -> list[list[Node]]:
    """Put together what shares a trace, or a provider's id at the same time, and doubles."""
    groups = Groups(nodes)
    first: dict[UUID, Node] = {}
    for node in nodes:
        if node.trace is not None:
            groups.join(first.setdefault(node.trace, node), node)
    reports = [node for node in nodes if isinstance(node, Report)]
    for sharing in sharing_an_id(reports):
        for one, other in chained(sharing):
            groups.join(one, other)
    for framework, sdk in doubles(reports):
        groups.join(framework, sdk)
    return groups.all()
