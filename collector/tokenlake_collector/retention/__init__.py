"""How long rows stay: what is old is pruned, and what names somebody can be forgotten."""

from tokenlake_collector.retention.errors import RetentionError
from tokenlake_collector.retention.forget import Subject, forget, to_forget
from tokenlake_collector.retention.keeper import Keeper
from tokenlake_collector.retention.prune import prune, to_prune

__all__ = ["Keeper", "RetentionError", "Subject", "forget", "prune", "to_forget", "to_prune"]
