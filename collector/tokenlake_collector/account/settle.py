"""Rows that no relative can change, as the table takes them."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def settled(rows: pa.Table) -> pa.Table:
    """Give every row its resource's session where it has none of its own (C10: the resource comes last).

    What a later decision needs of the record beyond its row goes into `reported`, as JSON.
    """
    session = pc.coalesce(rows["session_id"], rows["resource_session_id"])
    position = rows.schema.get_field_index("session_id")
    table = rows.set_column(position, "session_id", session).drop_columns(["resource_session_id"])
    return table.append_column("reported", _reported(rows))


def _reported(rows: pa.Table) -> pa.StringArray:
    """Few rows have anything to remember, so these may be looked at one by one."""
    from_resource = pc.and_(pc.is_null(rows["session_id"]), pc.is_valid(rows["resource_session_id"]))
    needed = pc.or_(from_resource, pc.is_valid(rows["reason"])).to_numpy()
    if not needed.any():
        return pa.nulls(rows.num_rows, pa.string())
    texts = np.full(rows.num_rows, None, dtype=object)
    for index in np.flatnonzero(needed).tolist():
        remembered = {"reason": rows["reason"][index].as_py()}
        if from_resource[index].as_py():
            remembered |= {
                "session_id": None,
                "resource_session_id": rows["resource_session_id"][index].as_py(),
            }
        kept = {
            name: value for name, value in remembered.items() if value is not None or name == "session_id"
        }
        texts[index] = json.dumps(kept, sort_keys=True)
    return pa.array(texts, pa.string())
