"""The dashboard's files as a browser gets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.collector_process import running_collector
from harness.logged_collector import logged_collector
from harness.repository import PACKAGES

STATIC = PACKAGES["tokenlake_collector"] / "web" / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))
READ = "read-secret-0123456789"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("files")
    with (
        running_collector(folder / "usage.duckdb") as collector,
        httpx.Client(base_url=collector.http) as client,
    ):
        yield client


def named_files(page: str) -> list[str]:
    return sorted(set(re.findall(r'(?:href|src)="(assets/[^"]+)"', page)))


def test_the_page_is_at_the_root(client: httpx.Client) -> None:
    """HTML, asked for anew each time, and never read as something else."""
    reply = client.get("/")

    assert (200, "text/html; charset=utf-8") == (reply.status_code, reply.headers["content-type"])
    assert ("no-cache", "nosniff") == (
        reply.headers["cache-control"],
        reply.headers["x-content-type-options"],
    )
    assert "<title>tokenlake</title>" in reply.text


def test_every_file_is_named_by_the_page(client: httpx.Client) -> None:
    """Modules too: a browser that knows them at once does not wait for one import after the other."""
    names = {Path(name).name for name in named_files(client.get("/").text)}

    assert {path.name for path in STATIC.iterdir()} - {"index.html"} == names


def test_files_are_kept_for_ever(client: httpx.Client) -> None:
    """Each has its media type, and a folder that is named after what is in it."""
    media_types = {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
    }
    for name in named_files(client.get("/").text):
        reply = client.get(f"/{name}")
        assert (200, media_types[Path(name).suffix]) == (reply.status_code, reply.headers["content-type"])
        assert "public, max-age=31536000, immutable" == reply.headers["cache-control"]
        assert (STATIC / Path(name).name).read_bytes() == reply.content


def test_files_are_compressed_for_those_who_can_read_it(client: httpx.Client) -> None:
    """Compressed and plain give the same bytes; all files together stay far below 60 kB."""
    names = ["", *named_files(client.get("/").text)]
    sizes = []
    for name in names:
        plain = client.get(f"/{name}", headers={"Accept-Encoding": "identity"})
        packed = client.get(f"/{name}", headers={"Accept-Encoding": "gzip"})
        assert ("gzip", "Accept-Encoding") == (packed.headers["content-encoding"], packed.headers["vary"])
        assert "content-encoding" not in plain.headers
        assert plain.content == packed.content
        sizes.append(int(packed.headers["content-length"]))

    assert sum(sizes) < 60_000


def test_an_unchanged_page_is_not_sent_again(client: httpx.Client) -> None:
    """304 for the version that the browser has, the page for another one."""
    etag = client.get("/").headers["etag"]

    codes = [client.get("/", headers={"If-None-Match": tag}).status_code for tag in (etag, '"another"')]

    assert [304, 200] == codes


def test_nothing_but_own_files_may_run(client: httpx.Client) -> None:
    """The security policy begins with nothing, and allows neither inline scripts nor eval."""
    policy = client.get("/").headers["content-security-policy"]

    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert [] == [word for word in ("unsafe", "http:", "https:", "data:", "*") if word in policy]


def test_the_page_needs_no_token_and_the_figures_do(tmp_path: Path) -> None:
    """Who has no token gets code that is public anyway, and nothing of the ledger."""
    with logged_collector(tmp_path, environ={"TOKENLAKE_READ_TOKEN": READ}) as guarded:
        page = httpx.get(guarded.http)
        codes = [httpx.get(f"{guarded.http}/{name}").status_code for name in named_files(page.text)]
        closed = [
            httpx.get(f"{guarded.http}/{path}").status_code
            for path in (
                "metrics/token/total",
                "metrics/token/calls",
                "metrics/token/latency",
                "assets/",
                "docs",
            )
        ]

    assert (200, {200}) == (page.status_code, set(codes))
    assert {401} == set(closed)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_markup_of_text(path: Path) -> None:
    """What came in a span is only ever set as text."""
    text = path.read_text(encoding="utf-8")

    assert [] == re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", text
    )


@pytest.mark.parametrize("path", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_no_file_is_of_somewhere_else_or_too_long(path: Path) -> None:
    """No address but SVG's namespace; under 250 lines of 110 characters, as people write them."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()

    assert set(re.findall(r"https?://[^\s\"'`]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert len(lines) < 250
    assert [] == [number for number, line in enumerate(lines, 1) if len(line) > 110]
