"""The tokenlake collector: OTLP in, one exact row per model call in DuckDB, statistics out."""
