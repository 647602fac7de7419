"""The dashboard's files, read once and held in memory, as they are and compressed."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

PAGE = "index.html"

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# In index.html: the folder of everything else, and the place of the modules that its script imports.
_FOLDER_MARK = "{assets}"
_MODULES_MARK = "<!-- modules -->"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    name: str
    media_type: str
    body: bytes
    compressed: bytes


def read_assets() -> tuple[Asset, list[Asset], str]:
    """Return the page, all other files, and the folder that these are served in.

    The folder's name is a digest of what is in it: a browser may keep it for ever, and asks for a new one as
    soon as anything has changed.
    """
    bodies = {file.name: file.read_bytes() for file in files(__package__).joinpath("static").iterdir()}
    page = bodies.pop(PAGE).decode()
    digest = hashlib.sha256(repr(sorted(bodies.items())).encode()).hexdigest()[:16]
    folder = f"assets/{digest}"
    # A browser learns of a module's imports only when it has the module: named here, all come at once.
    links = [
        f'<link rel="modulepreload" href="{folder}/{name}">' for name in sorted(bodies) if _is_module(name)
    ]
    page = page.replace(_MODULES_MARK, "\n".join(links)).replace(_FOLDER_MARK, folder)
    return _asset(PAGE, page.encode()), [_asset(name, body) for name, body in bodies.items()], folder


def _is_module(name: str) -> bool:
    return name.endswith(".js")


def _asset(name: str, body: bytes) -> Asset:
    media_type = _MEDIA_TYPES[PurePosixPath(name).suffix]
    return Asset(name, media_type, body, gzip.compress(body, mtime=0))
