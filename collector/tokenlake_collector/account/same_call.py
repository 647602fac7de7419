"""Which reports describe one and the same call (C4 leaf inside leaf, C5 by ids, C7 client and server)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from tokenlake_collector.account.groups import Groups
from tokenlake_collector.account.model_names import bare_name
from tokenlake_collector.account.overlaps import chained, overlapping
from tokenlake_collector.account.reports import SEPARATORS, Node, Report
from tokenlake_collector.account.tree import Tree

CLIENT, SERVER = 3, 2

PROVIDER_IDS = ("msg_", "chatcmpl-", "resp_", "gen-", "req_")
"""Ids that a provider made; those of a framework (`aitxt-`, `run-`) say nothing when they differ."""

ID_COLUMNS = ("response_id", "request_id")


def same_calls(trees: Iterable[Tree], as_containers: Collection[int]) -> Groups[Report]:
    """Group the leaves of a family by the call that they describe; some turned out to be containers."""
    leaves = [r for tree in trees for r in tree.reports if r.is_leaf and id(r) not in as_containers]
    known = {id(leaf) for leaf in leaves}
    groups = Groups(leaves)
    for tree in trees:
        for upper, lower in _wrapped(tree, known):
            groups.join(upper, lower)
        for first, second in _failed_pairs(tree, known):
            groups.join(first, second)
    for sharing in sharing_an_id(leaves):
        for alike in _alike(sharing):
            for first, second in chained(alike):
                groups.join(first, second)
    return groups


def _alike(reports: Iterable[Report]) -> Iterable[list[Report]]:
    """Return those that may be one call by what they report: equal input or output, or a failure."""
    found: dict[object, list[Report]] = {}
    for report in reports:
        signs: list[object] = [(place, count) for place, count in enumerate(report.tokens) if count]
        for sign in [*signs, "failed"] if report.failed else signs:
            found.setdefault(sign, []).append(report)
    return found.values()


def _wrapped(tree: Tree, known: Collection[int]) -> Iterator[tuple[Report, Report]]:
    """Yield each leaf with the one leaf right below it that describes the same call.

    Two siblings are two calls, so a leaf over several attempts is one of them: the one most like it.
    """
    wrapped: dict[int, list[tuple[Report, Report]]] = {}
    for lower in tree.reports:
        between: list[Node] = []
        for upper in tree.ancestors(lower) if id(lower) in known else ():
            if isinstance(upper, Report) and id(upper) in known:
                if _is_one_call(tree, upper, lower, between):
                    wrapped.setdefault(id(upper), []).append((upper, lower))
                break
            between.append(upper)
    for pairs in wrapped.values():
        yield min(pairs, key=_likeness)


def _likeness(pair: tuple[Report, Report]) -> tuple[object, ...]:
    upper, lower = pair
    return (
        upper.tokens != lower.tokens,
        upper.failed != lower.failed,
        -(lower.end - upper.start),
        str(lower.id),
    )


def _is_one_call(tree: Tree, upper: Report, lower: Report, between: list[Node]) -> bool:
    """Decide in the order of C4: provider ids, what lies between, client and server, then the numbers."""
    told = by_ids(upper, lower)
    if told is not None:
        return told
    if any(node.role in SEPARATORS for node in between):
        return False
    if lower.row["span_kind"] == SERVER and _is_below_a_client(tree, upper):
        return True
    if not models_agree(upper, lower):
        return False
    if lower.row["signal"] == "log" and upper.row["span_id"] == lower.row["span_id"]:
        return True
    return upper.encloses(lower) and (_equal_counts(upper, lower) or _one_failure(upper, lower))


def by_ids(upper: Report, lower: Report) -> bool | None:
    """Equal ids of one kind are one call; different ones two, if a provider made both; else None."""
    for column in ID_COLUMNS:
        first, second = upper.row[column], lower.row[column]
        if first and second and first == second:
            return True
        if first and second and _provider_made(first) and _provider_made(second):
            return False
    return None


def _is_below_a_client(tree: Tree, report: Report) -> bool:
    """Tell whether a leaf is a client's, or a server's below one with no agent or tool between (C7)."""
    for node in (report, *tree.ancestors(report)):
        if node.role in SEPARATORS:
            return False
        if isinstance(node, Report) and node.is_leaf and node.row["span_kind"] == CLIENT:
            return True
    return False


def _failed_pairs(tree: Tree, known: Collection[int]) -> Iterator[tuple[Report, Report]]:
    """Yield failed siblings of different scopes, one inside the other in time: one failed call."""
    siblings: dict[int, list[Report]] = {}
    for report in tree.reports:
        if id(report) in known and report.failed and not report.has_usage and report.parent is not None:
            siblings.setdefault(report.parent, []).append(report)
    for failed in siblings.values():
        if len({report.row["scope"] for report in failed}) == 1:
            continue
        for first, second in overlapping(failed):
            nested = first.encloses(second) or second.encloses(first)
            if nested and _one_failure(first, second) and models_agree(first, second):
                yield first, second


def sharing_an_id(reports: Iterable[Report]) -> Iterable[list[Report]]:
    """Return the reports that have a provider's id in common.

    An id alone proves nothing, they must overlap in time too: some servers make theirs from a small random
    number (C5).
    """
    sharing: dict[tuple[str, str], list[Report]] = {}
    for report in reports:
        for column in ID_COLUMNS:
            if report.row[column]:
                sharing.setdefault((column, report.row[column]), []).append(report)
    return sharing.values()


def _equal_counts(first: Report, second: Report) -> bool:
    """Input or output equal and not 0; thoughts, streaming and lost caches make one of the two differ."""
    return any(one and one == other for one, other in zip(first.tokens, second.tokens, strict=True))


def _one_failure(first: Report, second: Report) -> bool:
    """Tell whether two instrumentations may have seen the same call fail."""
    without_usage = first.failed and second.failed and not first.has_usage and not second.has_usage
    return without_usage and bool(first.row["scope"] != second.row["scope"])


def _provider_made(identity: str) -> bool:
    return identity.startswith(PROVIDER_IDS)


def models_agree(first: Report, second: Report) -> bool:
    """Tell whether two reports may be of one model: equal without dates and prefixes, or one has none."""
    one, other = (_models(report) for report in (first, second))
    return not one or not other or bool(one & other)


def _models(report: Report) -> set[str]:
    return {bare_name(report.row[name]) for name in ("model", "request_model") if report.row[name]}
