"""Rows on disk: a DuckDB file, its migrations, and the commit that makes rows durable."""
