"""A ledger in the agent's own process: `init_token_tracking("usage.duckdb")`, without a collector."""

from tokenlake_collector.embedded.opening import open_embedded

__all__ = ["open_embedded"]
