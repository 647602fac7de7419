"""A collector's HTTP interface as a source: the same questions, the same rows."""

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from tokenlake_queries.columns import Row
from tokenlake_queries.errors import LedgerError
from tokenlake_queries.parameters import Selection

# A backstop against a dead connection, not a latency control: an hourly timeline of 3 million rows in
# five groups takes DuckDB half a second; larger tables and slow disks have room.
_TIMEOUT_S = 60.0
_MOMENTS = ("timestamp", "first_timestamp", "last_timestamp")
_TOKENS = ("TOKENLAKE_TOKEN", "TOKENLAKE_READ_TOKEN")


def add_token(request: urllib.request.Request, environ: Mapping[str, str] = os.environ) -> None:
    """Let a request carry ``TOKENLAKE_TOKEN``, else what a collector here reads: ``TOKENLAKE_READ_TOKEN``."""
    token = next(filter(None, map(environ.get, _TOKENS)), None)
    if token is not None:
        # Unredirected: the token is for this collector, not for whom it may point to.
        request.add_unredirected_header("Authorization", f"Bearer {token}")


@dataclass(frozen=True, slots=True)
class Collector:
    """A collector that answers at ``url``; it gets the token of the environment, if there is one."""

    url: str

    def rows(self, name: str, selection: Selection, **options: object) -> list[Row]:
        """Return the list at ``/metrics/token/<name>``, with times as Python has them.

        Raises:
            ValueError: The collector refuses a parameter (422), with its explanation.
            LedgerError: There is no usable answer.
        """
        found, _ = self._get(name, selection, options)
        return [_typed(row, selection.zone) for row in found]

    def row(self, name: str, selection: Selection) -> Row:
        """Return the one object at ``/metrics/token/<name>``; raises as ``rows`` does."""
        found, _ = self._get(name, selection, {})
        return dict(found)

    def session_count(self, selection: Selection) -> int:
        """Return the number of all sessions, which comes as a header beside a page of one."""
        _, headers = self._get("sessions", selection, {"limit": 1})
        count = headers.get("X-Total-Count", "")
        if not count.isdecimal():
            raise LedgerError(
                f"{self.url} sends no X-Total-Count: is it a tokenlake collector of this version?"
            )
        return int(count)

    def _get(
        self, name: str, selection: Selection, options: Mapping[str, object]
    ) -> tuple[Any, http.client.HTTPMessage]:
        query = urlencode([*_parameters(selection), *options.items()])
        request = urllib.request.Request(  # noqa: S310 - only made for http:// and https://
            f"{self.url}/metrics/token/{name}?{query}", headers={"Accept": "application/json"}
        )
        add_token(request)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - as above
                return json.load(reply), reply.headers
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error) from error
        except (OSError, http.client.HTTPException) as error:
            remedy = "start it (tokenlake serve), or correct source or TOKENLAKE_URL"
            raise LedgerError(f"{self.url} does not answer ({error}): {remedy}") from error
        except ValueError as error:
            raise LedgerError(f"{self.url} does not answer in JSON: is it a tokenlake collector?") from error

    def _refusal(self, error: urllib.error.HTTPError) -> Exception:
        detail = _detail(error.read())
        if error.code == http.HTTPStatus.UNPROCESSABLE_ENTITY:
            return ValueError(detail)
        remedies = {
            401: "set TOKENLAKE_TOKEN",
            403: "check TOKENLAKE_TOKEN",
            404: "is it a tokenlake collector?",
        }
        remedy = remedies.get(error.code, "see its log")
        return LedgerError(f"{self.url} answers {error.code} {detail or error.reason}: {remedy}")


def _parameters(selection: Selection) -> list[tuple[str, object]]:
    """Return the selection as a collector reads it; a filter for NULL is the empty value."""
    bounds = {"start": selection.start, "end": selection.end}
    pairs: list[tuple[str, object]] = [("timezone", selection.zone.key)]
    pairs += [(key, f"{value.isoformat()}Z") for key, value in bounds.items() if value is not None]
    pairs += [("group_by", ",".join(selection.columns))] if selection.columns else []
    for column, values in selection.filters.items():
        if "" in values:
            remedy = "over HTTP the empty text means the absent value; use None, or read the file"
            raise ValueError(f"filters[{column!r}]='' is not allowed: {remedy}")
        pairs += [(column, "" if value is None else value) for value in values]
    return pairs


def _typed(row: Mapping[str, Any], zone: ZoneInfo) -> Row:
    typed = dict(row)
    for key in _MOMENTS:
        if key in typed:
            typed[key] = datetime.fromisoformat(typed[key]).astimezone(zone)
    if "date" in typed:
        typed["date"] = date.fromisoformat(typed["date"])
    return typed


def _detail(body: bytes) -> str:
    """Return the explanation in an error's body: ``detail``, a text or FastAPI's list of findings."""
    try:
        detail = json.loads(body)["detail"]
        return detail if isinstance(detail, str) else "; ".join(map(_finding, detail))
    except (ValueError, TypeError, LookupError):
        return ""


def _finding(finding: Mapping[str, Any]) -> str:
    return f"{finding['loc'][-1]}: {finding['msg']}"
