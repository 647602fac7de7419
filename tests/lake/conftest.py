"""Tests of ledgers on DuckLake; those in `inside` run where its extensions are."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("duckdb_extension_ducklake") else ["inside"]
