"""A service of FastAPI and uvicorn that makes model calls for others, in a process of its own.

Each call's model is the word that the request asks with, so that a row says whose it should be.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from harness.collector_process import clean_environment

PROGRAM = """
import socket, sys
import fastapi, uvicorn
from opentelemetry import propagate, trace
from opentelemetry.context import attach, detach
from tokenlake import TokenTrackingASGI, init_token_tracking, record_usage, tracking_context

init_token_tracking(sys.argv[1])
app = fastapi.FastAPI()

@app.get("/middleware/{model}")
def behind_middleware(model: str) -> None:
    record_usage(model=model, input_tokens=1)

@app.get("/extracted/{model}")
async def as_instrumentation_does(model: str, request: fastapi.Request) -> None:
    token = attach(propagate.extract(request.headers))
    with tracking_context(operation_type="plan"):
        record_usage(model=model, input_tokens=1)
    detach(token)

@app.get("/baggage")
def baggage(request: fastapi.Request) -> list[str]:
    return request.headers.getlist("baggage")

@app.get("/flush")
def flush() -> bool:
    return trace.get_tracer_provider().force_flush()

async def service(scope, receive, send):
    wrapped = scope.get("path", "").startswith("/middleware/")
    await (TokenTrackingASGI(app) if wrapped else app)(scope, receive, send)

with socket.create_server(("127.0.0.1", 0)) as listening:
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(service, log_level="warning", ws="none")).run(sockets=[listening])
"""


@contextmanager
def planner_service(target: str, **environ: str) -> Iterator[int]:
    """Run the service until the block ends, and give its port; `target` is where it reports."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, target],
        stdout=subprocess.PIPE,
        text=True,
        env={**clean_environment(), **environ},
    )
    with process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
