"""What docs/context.md shows runs as it stands, and its calls belong to whom the text says."""

from __future__ import annotations

import pytest

from harness.markdown import Block, Document
from harness.otlp_sink import attributes_of, http_sink
from harness.python_process import succeed
from harness.repository import ROOT

BLOCKS = Document.read(ROOT / "docs" / "context.md").blocks
EXAMPLES = [block for block in BLOCKS if block.language == "python"]

INIT = "import sys, tokenlake\ntokenlake.init_token_tracking(sys.argv[1])\n"
ASK_ASGI = """
import asyncio, httpx
async def ask():
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        (await client.get("/answer", headers={"x-user": "alice"})).raise_for_status()
        (await client.get("/answer")).raise_for_status()
asyncio.run(ask())
"""
ASK_WSGI = """
for environ in ({"HTTP_X_USER": "alice"}, {}):
    assert [b"42"] == list(app(environ, lambda status, headers: None))
"""

Call = tuple[str | int | float | None, ...]

# A word of the example, what asks it, and its calls: model, session, user, channel, operation type.
TOLD: dict[str, tuple[str, set[Call]]] = {
    "def title": (
        "",
        {("gpt-5", "s-1", "alice", "web", None), ("gpt-5-mini", "s-1", "alice", "web", "title")},
    ),
    "def stream": (
        "",
        {("gpt-5", None, "alice", None, "answer"), ("gpt-5-mini", None, "bob", None, None)},
    ),
    "TrackingThreadPoolExecutor()": (
        "",
        {("gpt-5", None, "alice", None, None), ("gpt-5-mini", None, "bob", None, None)},
    ),
    "add_middleware": (
        ASK_ASGI,
        {("gpt-5", None, "alice", "web", None), ("gpt-5", None, None, None, None)},
    ),
    "TokenTrackingWSGI(app": (
        ASK_WSGI,
        {("gpt-5", None, "alice", "web", None), ("gpt-5", None, None, None, None)},
    ),
    "tracking_headers": ("", set()),
}
KEYS = (
    "gen_ai.request.model",
    "gen_ai.conversation.id",
    "user.id",
    "tokenlake.channel",
    "tokenlake.operation.type",
)


def example(word: str) -> Block:
    [block] = [block for block in EXAMPLES if word in block.text]
    return block


def test_every_example_is_told_about() -> None:
    """No example of the page is left out below."""
    assert len(EXAMPLES) == len({example(word).line for word in TOLD})


@pytest.mark.parametrize("word", TOLD)
def test_the_calls_of_an_example_belong_to_whom_the_page_says(word: str) -> None:
    """The program complains of nothing, and the receiver gets exactly these model calls."""
    ask, expected = TOLD[word]
    with http_sink() as sink:
        succeed(INIT + example(word).text + ask, f"http://{sink.address}")
        spans = [attributes_of(span) for span in sink.spans]
        calls = [tuple(span.get(key) for key in KEYS) for span in spans if "gen_ai.request.model" in span]

        assert sorted(expected, key=str) == sorted(calls, key=str)


def test_the_shown_headers_are_those_that_are_printed() -> None:
    """What the page shows below the example is its output."""
    [shown] = [block.text for block in BLOCKS if block.language == "text"]
    with http_sink() as sink:
        assert shown == succeed(INIT + example("tracking_headers").text, f"http://{sink.address}")
