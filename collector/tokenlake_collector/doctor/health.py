"""The collector itself: does it answer, can it write, is it of this version, has it room."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import version

from prometheus_client.parser import text_string_to_metric_families

from tokenlake_collector.doctor.errors import Ailment
from tokenlake_collector.doctor.site import Site

_GIB = 1024**3
_LEAST_FREE = 1 * _GIB
_CLOCKS_APART_S = 5.0
"""The Date header has whole seconds, and a request may take one or two."""


def answers(site: Site) -> str:
    """A tokenlake collector answers at the URL."""
    reply = site.get("/healthz")
    if reply.status != HTTPStatus.OK or b'"ok"' not in reply.body:
        raise Ailment(
            f"{site.url}/healthz answers {reply.status}", "it is no tokenlake collector: correct --url"
        )
    return f"a collector answers at {site.url}"


def stores(site: Site) -> str:
    """Rows can be read and written, and nobody need look at the file."""
    reply = site.get("/readyz")
    try:
        said = json.loads(reply.body)
    except ValueError as error:
        raise Ailment(f"/readyz answers {reply.status}", "see the collector's log") from error
    if reply.status != HTTPStatus.OK:
        raise Ailment("rows cannot be written", str(said.get("reason", "see the collector's log")))
    if notes := said.get("notes"):
        raise Ailment("rows can be written, but a person should look", "; ".join(notes))
    return "rows can be read and written"


def same_version(site: Site) -> str:
    """The collector and this command are of one version."""
    theirs, ours = site.json("/openapi.json")["info"]["version"], version("tokenlake")
    if theirs != ours:
        raise Ailment(
            f"the collector is {theirs}, this command {ours}", "install the same version on both sides"
        )
    return f"{ours} on both sides"


def clocks_agree(site: Site) -> str:
    """The collector's clock is this machine's: calls are priced and filed by their senders' clocks."""
    before = datetime.now(UTC)
    date = site.get("/healthz").headers.get("date")
    after = datetime.now(UTC)
    if date is None:
        return "the collector does not say what time it is"
    theirs = parsedate_to_datetime(date)
    apart = max((before - theirs).total_seconds() - 1, (theirs - after).total_seconds(), 0)
    if apart > _CLOCKS_APART_S:
        side = "ahead" if theirs > after else "behind"
        raise Ailment(f"the collector's clock is {apart:,.0f} s {side}", "set both clocks (NTP)")
    return "the clocks agree to the second" if apart <= 1 else f"the clocks are {apart:.0f} s apart"


def has_room(site: Site) -> str:
    """There is room for the ledger to grow."""
    reply = site.get("/metrics", site.read_token)
    sizes = _sizes(reply.body.decode()) if reply.status == HTTPStatus.OK else {}
    if "tokenlake_free_bytes" not in sizes:
        return "the collector does not say how much room it has"
    free, file = sizes["tokenlake_free_bytes"] / _GIB, sizes.get("tokenlake_file_bytes", 0) / _GIB
    if free * _GIB < _LEAST_FREE:
        raise Ailment(
            f"{free:.2f} GiB free", "make room on the ledger's disk, or move the file to a larger one"
        )
    return f"{free:,.1f} GiB free, the ledger has {file:,.2f} GiB"


def _sizes(metrics: str) -> dict[str, float]:
    """Return the figures without labels of a text in Prometheus' form."""
    families = text_string_to_metric_families(metrics)
    return {one.name: one.value for family in families for one in family.samples if not one.labels}
