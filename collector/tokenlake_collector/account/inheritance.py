"""Session, user and channel from the nearest ancestor that has them; the resource's session last (C10)."""

from __future__ import annotations

from typing import Any

from tokenlake_collector.account.reports import IDENTITY, SEPARATORS, Report
from tokenlake_collector.account.tree import Tree


def inherited(tree: Tree, report: Report) -> dict[str, Any]:
    """Return the identity that a report lacks and its ancestors or its resource have."""
    ancestors = tree.ancestors(report)
    found: dict[str, Any] = {}
    for column in IDENTITY:
        if report.row[column] is None:
            value = next((a.row[column] for a in ancestors if a.row[column] is not None), None)
            if value is not None:
                found[column] = value
    if report.row["session_id"] is None and "session_id" not in found and report.row["resource_session_id"]:
        found["session_id"] = report.row["resource_session_id"]
    if report.row["operation_detail"] is None:
        enclosing = (a.row["operation_detail"] for a in ancestors if a.role in SEPARATORS)
        detail = next((value for value in enclosing if value is not None), None)
        if detail is not None:
            found["operation_detail"] = detail
    return found
