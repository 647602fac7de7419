"""Some records of a batch, or the parts of some, as a batch of their own."""

from __future__ import annotations

import pyarrow as pa

from tokenlake_collector.decode.records import Index, Records, read_attributes


def taken(records: Records, chosen: Index) -> Records:
    """Return the chosen records alone, in their order."""
    return parts(records, chosen, records.fields.take(pa.array(chosen)))


def parts(records: Records, owners: Index, fields: pa.StructArray) -> Records:
    """Return parts of records (the points of metrics): each comes from where its owner comes from."""
    return Records(
        fields=fields,
        request=records.request[owners],
        resource=records.resource[owners],
        scope=records.scope[owners],
        scopes=records.scopes,
        attributes=read_attributes(fields),
        resource_attributes=records.resource_attributes,
    )
