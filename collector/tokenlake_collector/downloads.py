"""`GET /backup`: the whole ledger as one file, while the collector goes on."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from typing import BinaryIO

import duckdb
from fastapi import APIRouter, HTTPException
from starlette.responses import Response, StreamingResponse

from tokenlake_collector.errors import StartupError
from tokenlake_collector.storage.backup import ROWS_HEADER, back_up
from tokenlake_collector.storage.failure import explained
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.locks import copies_folder

_CHUNK = 2**20

_NO_COPY = (
    "a ledger on DuckLake is backed up where it is: PostgreSQL by its own tools, the data by its store's; "
    "`tokenlake migrate` copies it into a file"
)


def backup_router(ledger: Ledger) -> APIRouter:
    """Return the route; `tokenlake backup` asks it when a collector holds the file."""
    router = APIRouter(tags=["backup"])
    one_at_a_time = threading.Lock()

    @router.get("/backup")
    def backup() -> Response:
        """Return a copy of the ledger as of now; a header has its rows by table, as JSON."""
        if ledger.is_shared:
            raise HTTPException(409, _NO_COPY)
        with one_at_a_time:
            folder = copies_folder(ledger.path)
            # One that is there was left by a process that was killed.
            shutil.rmtree(folder, ignore_errors=True)
            try:
                folder.mkdir(mode=0o700)
                with ledger.cursor() as cursor:
                    rows = back_up(cursor, folder / "copy.duckdb")
                file = (folder / "copy.duckdb").open("rb")
            except (StartupError, duckdb.Error, OSError) as error:
                raise HTTPException(503, explained(error)) from error
            finally:
                # The open file stays readable without a name, and is gone with the reply, however that ends.
                shutil.rmtree(folder, ignore_errors=True)
        headers = {ROWS_HEADER: json.dumps(rows), "Content-Length": str(file.seek(0, 2))}
        return StreamingResponse(_chunks(file), headers=headers, media_type="application/octet-stream")

    return router


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
