"""The files in deploy/ and the composition, as data; and what their settings may be called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from harness.command_line import settings
from harness.repository import ROOT

DEPLOY = ROOT / "deploy"

TOKENS = frozenset({"TOKENLAKE_INGEST_TOKEN", "TOKENLAKE_READ_TOKEN"})
"""Secrets that have a variable and, on purpose, no option."""

OF_LIBRARIES = frozenset({
    "PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL_S3",
})  # fmt: skip
"""What the clients of PostgreSQL and S3 read from the environment."""

_PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+[\w.-]*")


def documents(path: Path) -> list[dict[str, Any]]:
    """Return the documents of a YAML file."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def composition() -> dict[str, Any]:
    """Return docker-compose.yml."""
    (document,) = documents(ROOT / "docker-compose.yml")
    return document


def serve_variables() -> set[str]:
    """Return every variable that `tokenlake serve` and its libraries read."""
    options = {setting.variable for setting in settings() if setting.command == "tokenlake serve"}
    return (options - {""}) | TOKENS | OF_LIBRARIES


def is_pinned(image: str) -> bool:
    """Tell whether an image has a tag of at least two numbers, which `latest` and `18` have not."""
    return _PINNED.fullmatch(image) is not None
