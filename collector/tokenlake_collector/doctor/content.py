"""What is in the ledger: tokens that nobody knows the price of."""

from __future__ import annotations

from tokenlake_collector.doctor.errors import Ailment
from tokenlake_collector.doctor.site import Site

_NAMED = 3


def is_priced(site: Site) -> str:
    """Every call with tokens has a cost."""
    rows = site.json("/metrics/token/summary?group_by=model&sort=unpriced_calls")
    unpriced = [row for row in rows if row["unpriced_calls"]]
    if unpriced:
        calls = sum(row["unpriced_calls"] for row in unpriced)
        names = ", ".join(row["model"] or "(none)" for row in unpriced[:_NAMED])
        more = f" and {len(unpriced) - _NAMED} more" if len(unpriced) > _NAMED else ""
        raise Ailment(
            f"{calls:,} calls without a cost: {names}{more}",
            "write prices into a file, start with --prices FILE, then run tokenlake reprice --apply",
        )
    return f"every call of {len(rows):,} models has a cost" if rows else "no calls yet"
