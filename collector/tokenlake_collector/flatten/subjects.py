"""What a log record or a metric point is about: session, user, model, provider, operation (rule C10)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from tokenlake_collector.dialects.tables import ANY, Role, RoleRule, role_rules
from tokenlake_collector.flatten.facts import Columns
from tokenlake_collector.flatten.providers import provider_name

NEVER_COUNTED = "never_counted"
"""Reason: the record repeats what another one of the same emitter reports better (rule C5)."""

_OPERATION = "gen_ai.operation.name"
_REMEMBERED = 4096
_TEXTS = (
    "session_id",
    "user_id",
    "channel",
    "request_model",
    "operation_detail",
    "agent_name",
    "response_id",
    "request_id",
)


def read_subject(columns: Columns, provider: str | None) -> dict[str, Any]:
    """Return the text columns of one record; `provider` is the one that is meant when none is named."""
    texts: dict[str, Any] = {name: columns.text(name) for name in _TEXTS}
    named = columns.text("provider")
    texts["provider"] = provider_name(named) if named else provider
    texts["model"] = columns.text("model") or texts["request_model"]
    texts["endpoint_name"] = (
        columns.text("endpoint_name") or texts["provider"] or columns.text("server_address")
    )
    operation = columns.text("operation_type")
    rule = _rule(columns.dialect, (operation or "").lower())
    texts["operation_type"] = (rule.operation if rule else "") or operation or "chat"
    return texts


def read_role(columns: Columns) -> Role:
    """Return what the operation says a record is: one request, or an agent, step or tool around several."""
    operation = columns.facts.get(_OPERATION)
    rule = _rule(columns.dialect, ((operation and operation.text) or "").lower())
    return rule.role if rule else Role.LEAF


@lru_cache(_REMEMBERED)
def _rule(dialect: str, operation: str) -> RoleRule | None:
    rules = (rule for rule in role_rules() if rule.attribute == _OPERATION and rule.dialect in {ANY, dialect})
    return next((rule for rule in rules if operation and fnmatchcase(operation, rule.value)), None)
