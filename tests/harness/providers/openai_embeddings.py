"""OpenAI's embeddings: a prompt, and no completion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.providers.bills import Bill, Bills
from harness.providers.replies import Reply, whole

PATH = "/v1/embeddings"
_ZEROS = {"float": [0.0, 0.0], "base64": "AAAAAAAAAAA="}


def embeddings(request: Mapping[str, Any], account: str, bills: Bills) -> Reply:
    """Answer every input with a vector of zeros."""
    bill = bills.charge(PATH, account, request["model"], writes_cache=False, answers=False)
    inputs = request["input"] if isinstance(request["input"], list) else [request["input"]]
    vector = _ZEROS[request.get("encoding_format") or "float"]
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, _ in enumerate(inputs)]
    return whole({"object": "list", "data": data, "model": bill.model, "usage": usage(bill)})


def usage(bill: Bill) -> dict[str, Any]:
    """Return a bill as this API reports it."""
    return {"prompt_tokens": bill.input_tokens, "total_tokens": bill.input_tokens}
