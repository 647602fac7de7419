"""The routes of the dashboard: one for each of its files."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tokenlake_collector.web.assets import Asset, read_assets

# Scripts and styles are files of ours and nothing else: text that came in a span cannot run, whatever it is.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}
_ASK_AGAIN = {"Cache-Control": "no-cache"}
_KEEP = {"Cache-Control": "public, max-age=31536000, immutable"}


def dashboard_routes() -> list[Route]:
    """Return the page at `/` and its files. They hold nothing of the ledger, so they need no token."""
    page, assets, folder = read_assets()
    etag = {"ETag": f'"{hashlib.sha256(page.body).hexdigest()[:16]}"'}
    routes = [_route(f"/{folder}/{asset.name}", asset, _KEEP) for asset in assets]
    return [_route("/", page, _ASK_AGAIN | etag), *routes]


def _route(path: str, asset: Asset, headers: dict[str, str]) -> Route:
    headers = _HEADERS | headers

    async def send(request: Request) -> Response:
        if "ETag" in headers and request.headers.get("If-None-Match") == headers["ETag"]:
            return Response(None, 304, headers)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            encoded = headers | {"Content-Encoding": "gzip"}
            return Response(asset.compressed, headers=encoded, media_type=asset.media_type)
        return Response(asset.body, headers=headers, media_type=asset.media_type)

    return Route(path, send, methods=["GET"])
