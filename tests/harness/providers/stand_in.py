"""The providers' HTTP APIs on a free loopback port; they bill what they answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from harness.providers import anthropic_messages, openai_chat, openai_embeddings, openai_responses
from harness.providers.bills import Bills
from harness.providers.replies import Reply, whole

APIS: dict[str, Callable[[Mapping[str, Any], str, Bills], Reply]] = {
    anthropic_messages.PATH: anthropic_messages.messages,
    openai_chat.PATH: openai_chat.chat_completions,
    openai_embeddings.PATH: openai_embeddings.embeddings,
    openai_responses.PATH: openai_responses.responses,
}

REFUSED_MODEL = "no-such-model"
"""A request for it fails with 400, which no SDK tries again, and is not billed."""


@dataclass(slots=True)
class StandIn:
    """Where the APIs are (`url`, without `/v1`), and what they billed."""

    url: str = ""
    bills: Bills = field(default_factory=Bills)


@contextmanager
def provider_stand_in() -> Iterator[StandIn]:
    """Serve all APIs for the length of a block."""
    stand_in = StandIn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stand_in.bills))
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def _handler(bills: Bills) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers by the path, for the account that the API key names."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = self.headers.get("x-api-key") or self.headers.get("Authorization", "").removeprefix(
                "Bearer "
            )
            if body["model"] == REFUSED_MODEL:
                bills.refused.append(key)
                error = {"type": "invalid_request_error", "message": "there is no such model"}
                self._send(400, whole({"type": "error", "error": error}))
            else:
                self._send(200, APIS[self.path.partition("?")[0]](body, key, bills))

        def _send(self, status: int, reply: Reply) -> None:
            self.send_response(status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.send_header("request-id", f"req_{uuid4().hex}")
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
