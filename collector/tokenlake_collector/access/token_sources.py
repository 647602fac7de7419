"""Where tokens come from: a file with a line for each, and the environment."""

from __future__ import annotations

import logging
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from tokenlake_collector.access.tokens import Scope, Tokens
from tokenlake_collector.errors import StartupError

VARIABLES = {"TOKENLAKE_INGEST_TOKEN": Scope.INGEST, "TOKENLAKE_READ_TOKEN": Scope.READ}
"""One token each; a file has room for more, and hands no token on to child processes."""

SHORTEST = 16
"""Characters: with 64 different ones that is 96 bits, out of reach of guessing over a network."""

_TOKEN = re.compile(rf"[\x21-\x7e]{{{SHORTEST},}}")
_NEED = f"{SHORTEST} or more printable ASCII characters without spaces, such as openssl rand -hex 32 gives"

_log = logging.getLogger(__name__)


def read_tokens(path: str | None, environ: Mapping[str, str]) -> Tokens:
    """Return the tokens of a file (None for no file) and of the environment together.

    Raises:
        StartupError: the file cannot be read or has a line that is none; the message never quotes a token.
    """
    granted = list(_of_environment(environ))
    if path is not None:
        granted += _of_file(Path(path))
    return Tokens(granted)


def _of_environment(environ: Mapping[str, str]) -> Iterator[tuple[Scope, str]]:
    for name, scope in VARIABLES.items():
        if token := environ.get(name, ""):
            yield scope, _checked(name, token)


def _of_file(path: Path) -> list[tuple[Scope, str]]:
    try:
        text = path.read_text(encoding="utf-8")
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise StartupError(f"--tokens {path}: cannot be read ({reason}): name a file of tokens") from error
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        _log.warning("--tokens %s can be read by others: chmod 600 it", path)
    granted = [
        _of_line(f"--tokens {path} line {number}", words)
        for number, line in enumerate(text.splitlines(), start=1)
        if (words := line.split()) and not words[0].startswith("#")
    ]
    if not granted:
        raise StartupError(f"--tokens {path}: there is no token in it: write lines such as: ingest TOKEN")
    return granted


def _of_line(place: str, words: list[str]) -> tuple[Scope, str]:
    """Read `ingest TOKEN` or `read TOKEN`. Of a line that is neither nothing is quoted: it may be a token."""
    if len(words) != 2 or words[0] not in list(Scope):
        raise StartupError(f"{place}: write a scope, ingest or read, and one token: ingest TOKEN")
    return Scope(words[0]), _checked(place, words[1])


def _checked(place: str, token: str) -> str:
    if not _TOKEN.fullmatch(token):
        raise StartupError(f"{place}: a token of {len(token)} characters: take {_NEED}")
    return token
