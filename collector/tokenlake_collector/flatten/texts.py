"""The columns of text: who called whom, for whom, and what came back (rule C10)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.records import Index, Records
from tokenlake_collector.dialects.slots import own_slots
from tokenlake_collector.flatten.providers import normalised
from tokenlake_collector.flatten.recognition import dialect_code
from tokenlake_collector.flatten.scatter import Scattered
from tokenlake_collector.flatten.values import NONE

OWN = ("session_id", "channel", "user_id", "operation_detail")
"""What a record says of its own circumstances; its descendants inherit it."""

_OF_CALLS = (*OWN, "request_model", "response_id", "agent_name")

# OpenInference has no attribute for the id. It stands in the output, which is never stored: only what has the
# form of a provider's id is read. First of all where the output begins with it; streams and LangChain have it
# somewhere behind. The parts of OpenAI's responses have ids of their own, `msg_` like Anthropic's answers.
_OUTPUT_IDS = (
    r'^\s*\{\s*"id"\s*:\s*"(?P<id>(?:chatcmpl-|resp_|msg_|gen-|cmpl-)[A-Za-z0-9_.-]{1,120})"',
    r'"id"\s*:\s*"(?P<id>(?:chatcmpl-|resp_|gen-|cmpl-)[A-Za-z0-9_.-]{1,120})"',
    r'"id"\s*:\s*"(?P<id>msg_[A-Za-z0-9_.-]{1,120})"',
)


def read_texts(
    records: Records, scattered: Scattered, resources: Scattered, dialects: Index, owners: Index
) -> dict[str, pa.StringArray]:
    """Return the text columns of some records; the session of the resource is kept apart."""
    text: Callable[[str], pa.StringArray] = lambda name: scattered.text(name, owners)  # noqa: E731 - a shorthand
    columns = {name: text(name) for name in _OF_CALLS}
    provider = normalised(text("provider"))
    return {
        **columns,
        **_of_resources(resources, records.resource[owners]),
        "request_id": _own(scattered, "request_id", dialects, owners),
        "response_id": _with_output_id(scattered, columns["response_id"], owners),
        "model": _first(text("model"), columns["request_model"]),
        "provider": provider,
        "endpoint_name": _first(text("endpoint_name"), provider, text("server_address")),
    }


def _first(first: pa.StringArray, *others: pa.StringArray) -> pa.StringArray:
    """Return each row's first text that is there; mostly one column has all, or none has any."""
    filled = [column for column in (first, *others) if column.null_count < len(column)] or [first]
    return filled[0] if filled[0].null_count == 0 else pc.coalesce(*filled)


def _of_resources(resources: Scattered, resource: Index) -> dict[str, pa.StringArray]:
    names = ("service_name", "service_instance", "resource_session_id")
    return {name: resources.text(name, resource) for name in names}


def _own(scattered: Scattered, column: str, dialects: Index, owners: Index) -> pa.StringArray:
    """Return a column for which some dialects have attributes of their own."""
    found = scattered.text(column, owners)
    for dialect, slot in own_slots(column).items():
        if scattered.has(slot):
            speaks = pa.array(dialects[owners] == dialect_code(dialect))
            mine = pc.if_else(speaks, scattered.text(slot, owners), NONE)
            found = pc.coalesce(found, mine)
    return found


def _with_output_id(scattered: Scattered, ids: pa.StringArray, owners: Index) -> pa.StringArray:
    if not scattered.has("output_id"):
        return ids
    without = pa.array(np.where(ids.is_null(), scattered.rows("output_id")[owners], -1))
    outputs = scattered.values.column.field("string_value").take(
        pc.if_else(pc.less(without, 0), None, without)
    )
    found = (pc.struct_field(pc.extract_regex(outputs, pattern), "id") for pattern in _OUTPUT_IDS)
    return pc.coalesce(ids, *found)
