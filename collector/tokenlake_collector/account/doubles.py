"""A framework's and an SDK's reports of one call that neither an id nor a tree connects.

Callbacks of a framework open no span around the SDK's: the two are in two traces, and the framework loses the
ids of streams, while embeddings never had any. What is left is the process, the time and the numbers. That is
less than an id, so each report may have one double only: whatever else runs at that time with equal numbers
stays a call of its own. Side by side in one trace without an id, two reports are two calls (rule C4).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import accumulate
from uuid import UUID

from tokenlake_collector.account.groups import Groups
from tokenlake_collector.account.reports import IDENTITY, ROUNDING, Report, Row
from tokenlake_collector.account.same_call import by_ids, models_agree
from tokenlake_collector.account.sources import ACCUMULATING, FRAMEWORK, SDK, kind
from tokenlake_collector.account.tree import Tree

LONGEST = timedelta(hours=1)
"""The longest call that may have a double: what is looked for must have an end."""

Pair = tuple[Report, Report]


def side_of(report: Report) -> int:
    """Tell on which side of a call a report is, if it may have a double: `FRAMEWORK`, `SDK` or neither, 0."""
    row = report.row
    if row["signal"] != "span" or (row["authority"] or 1) > 1 or not report.is_leaf or row["reason"]:
        return 0
    if row["service_name"] is None or not any(report.tokens) or report.end - report.start > LONGEST:
        return 0
    found = kind(row["dialect"] or "", row["scope"] or "")
    return 0 if found == ACCUMULATING else found


def doubles(reports: Iterable[Report]) -> list[Pair]:
    """Return the pairs of a framework's and an SDK's report that may be doubles, in a fixed order.

    An SDK's report belongs to the tightest around it, of each framework's scope: the others around it are
    calls at the same time. So whose it is can be told from what overlaps it alone, and calls that overlap
    each other without end are no family. Where several belong to one, the longest of them comes first.
    """
    sides: dict[int, dict[tuple[object, ...], list[Report]]] = {FRAMEWORK: {}, SDK: {}, 0: {}}
    for report in reports:
        sides[side_of(report)].setdefault(_process_and_counts(report.row), []).append(report)
    pairs: list[Pair] = []
    for key, sdks in sides[SDK].items():
        pairs += _within(sides[FRAMEWORK].get(key, []), sdks)
    return sorted(pairs, key=lambda pair: (*_order(pair[0]), pair[1].start - pair[1].end, *_order(pair[1])))


def join_doubles(trees: Iterable[Tree], groups: Groups[Report], changes: Mapping[UUID, Row]) -> None:
    """Put doubles into one group, given the groups by all other rules and what reports inherit.

    A group with an SDK's report is complete for a framework's: it has its double, found by an id or the tree.
    """
    places = {id(report): tree for tree in trees for report in tree.reports}
    members = {id(report): group for group in groups.all() for report in group}
    for framework, sdk in doubles(report for tree in trees for report in tree.reports):
        if id(framework) not in members or id(sdk) not in members:
            continue
        upper, lower = members[id(framework)], members[id(sdk)]
        owners = [_owner(report, changes[report.id]) for report in (framework, sdk)]
        above = places[id(sdk)].ancestors(sdk)
        if framework not in above and _agree(*owners) and not _share_a_source(upper, lower):
            groups.join(framework, sdk)
            upper += lower
            members |= {id(report): upper for report in lower}


def _within(frameworks: list[Report], sdks: list[Report]) -> Iterator[Pair]:
    frameworks = sorted(frameworks, key=_order)
    starts = [report.start for report in frameworks]
    latest = list(accumulate((report.end for report in frameworks), max))
    for sdk in sdks:
        tightest: dict[str | None, Report] = {}
        index = bisect_right(starts, sdk.start + ROUNDING) - 1
        while index >= 0 and latest[index] + ROUNDING >= sdk.end:
            framework = frameworks[index]
            if _may_be_one_call(framework, sdk):
                scope = framework.row["scope"]
                tightest[scope] = min(framework, tightest.get(scope, framework), key=_length)
            index -= 1
        yield from ((framework, sdk) for framework in tightest.values())


def _may_be_one_call(framework: Report, sdk: Report) -> bool:
    return (
        framework.row["trace_id"] != sdk.row["trace_id"]
        and framework.encloses(sdk)
        and _agree(framework.row, sdk.row)
        and models_agree(framework, sdk)
        and by_ids(framework, sdk) is None
    )


def _owner(report: Report, changes: Row) -> Row:
    """Return whose call it is, as far as its record and what is above it tell: a process serves many."""
    owner = report.row | changes
    own = report.row["session_id"]
    return owner | {"session_id": own} if owner["session_id"] == report.row["resource_session_id"] else owner


def _agree(first: Row, second: Row) -> bool:
    """Tell whether two reports may be of the same session, user and channel."""
    return all(None in (first[name], second[name]) or first[name] == second[name] for name in IDENTITY)


def _share_a_source(upper: list[Report], lower: list[Report]) -> bool:
    """Tell whether two groups cannot be one call: each has an SDK's report, or both one of the same scope."""
    scopes = {report.row["scope"] for report in lower}
    return any(side_of(report) == SDK or report.row["scope"] in scopes for report in upper)


def _process_and_counts(row: Row) -> tuple[object, ...]:
    return row["service_name"], row["service_instance"], row["input_tokens"], row["output_tokens"]


def _length(report: Report) -> tuple[object, ...]:
    return report.end - report.start, *_order(report)


def _order(report: Report) -> tuple[object, ...]:
    return report.start, report.end, str(report.id)
