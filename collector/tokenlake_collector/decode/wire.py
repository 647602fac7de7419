"""What must be looked for in the bytes before ptars sees them."""

from __future__ import annotations

import numpy as np
from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass

_ALL_ONES = 0xFFFFFFFF


def refuse_absurd_lengths(message: Descriptor, payload: bytes) -> None:
    """Let protobuf's own parser look at a payload that may hold a length near 2**64, on which ptars panics.

    Such a length has eight bytes of 0xff, so one aligned word of them. To look for that costs 12 µs a request
    of 350 KB (decoding it takes 1,750); one damaged request in sixteen is then parsed twice.

    Raises:
        DecodeError: protobuf refuses the payload.
    """
    words = np.frombuffer(payload, dtype=np.uint32, count=len(payload) // 4)
    if (words == _ALL_ONES).any():
        GetMessageClass(message).FromString(payload)
