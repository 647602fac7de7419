"""What the stand-in of the providers charged for: the truth that the ledger of tokens is compared with."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bill:
    """One answered request, in the terms of the table `token_usage`.

    Attributes:
        number: the how manieth request it was; also makes the ids of the answer.
        api: the path of the API that was asked.
        account: the API key of the request, by which tests know whose call it was.
        model: the model of the request, which answers too.
        input_tokens: the whole prompt, cached or not.
        cache_read_tokens: the part of it that was read from the cache.
        cache_creation_tokens: the part of it that was written to the cache.
        output_tokens: the whole answer.
        reasoning_tokens: the part of it that was thought only.
    """

    number: int
    api: str
    account: str
    model: str
    input_tokens: int
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(slots=True)
class Bills:
    """All requests. Amounts differ from call to call, so that a wrong sum tells which call is wrong.

    Attributes:
        paid: the answered ones.
        refused: the accounts of those that failed, which cost nothing.
    """

    paid: list[Bill] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def charge(self, api: str, account: str, model: str, *, writes_cache: bool, answers: bool) -> Bill:
        """Charge one request.

        Args:
            api: the path that is asked.
            account: who asks.
            model: the model that is asked.
            writes_cache: whether the API bills writing to the cache.
            answers: whether there is an output at all: embeddings have none.
        """
        with self._lock:
            number = next(self._numbers)
            bill = Bill(
                number=number,
                api=api,
                account=account,
                model=model,
                input_tokens=5_000 + 307 * number,
                cache_read_tokens=2_000 + 101 * number if answers else 0,
                cache_creation_tokens=1_000 + 53 * number if writes_cache else 0,
                output_tokens=400 + 29 * number if answers else 0,
                reasoning_tokens=100 + 11 * number if answers else 0,
            )
            self.paid.append(bill)
        return bill
