"""Who may come in: bearer tokens with two scopes, where they come from, what is closed without them."""

from tokenlake_collector.access.exposure import refuse_exposure
from tokenlake_collector.access.read_gate import ReadGate
from tokenlake_collector.access.token_sources import read_tokens
from tokenlake_collector.access.tokens import NO_TOKENS, Scope, Tokens

__all__ = ["NO_TOKENS", "ReadGate", "Scope", "Tokens", "read_tokens", "refuse_exposure"]
