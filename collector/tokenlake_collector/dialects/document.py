"""Write docs/attributes.md from the tables: `python -m tokenlake_collector.dialects.document`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from tokenlake_collector.dialects.columns import EXTRA, TOKEN_COLUMNS
from tokenlake_collector.dialects.tables import (
    Alias,
    Place,
    aliases,
    providers,
    recognitions,
    role_rules,
)

_HEAD = """# What is read from what

Made from the tables in `collector/tokenlake_collector/dialects/` by
`python -m tokenlake_collector.dialects.document > docs/attributes.md`; a test keeps it current. To teach
tokenlake a new attribute, add a row to a table.

A number may be an integer, an integral double or a decimal string, from 0 to 2^53 - 1. Booleans, negatives,
fractions and NaN are not read. An empty string counts as absent. Whatever is not named on this page never
reaches the disk: no prompt, no completion, no tool argument.
"""
_TOKENS = """
## Token counts

Of each record **one** vocabulary is read: the one that has a cache split, else the first of these that
is there. Within a vocabulary the first attribute that is present and readable wins; two are never added.
Cache and reasoning counts that it lacks are completed from the other vocabularies.
"""
_OTHERS = """
## Everything else

The first attribute that is present wins. Attributes of the resource come last. `model` falls back to
`request_model`. `endpoint_name` falls back to the provider's name of today (below), then to
`server_address`. `context_tokens` falls back to the input tokens.
"""
_EXTRAS = """
## Kept as they are

These go into the JSON column `attributes` under their own names:
"""
_DIALECTS = """
## Which dialect a record speaks

The first sign that fits. A record without any is the OpenTelemetry standard itself, `semconv`.
"""
_ROLES = """
## Which records are model calls

The first of these attributes that a record carries decides. A **leaf** is one request to a provider. A
**container** (agent, chain, step, tool) repeats its leaves. What is **never** billed is kept uncounted
when it reports numbers. A record with usage and none of these attributes is a leaf. A failed leaf
without usage is a row with zero tokens and an `error_type`; a successful one without usage is kept
uncounted (`no_usage`).
"""
_PROVIDERS = """
## Providers

Older and product spellings, and the name that is stored:
"""


def document() -> str:
    """Return the page as Markdown."""
    parts = [_HEAD, _TOKENS, *_token_tables(), _OTHERS, _other_table(), _EXTRAS]
    parts.append("".join(f"\n- `{alias.attribute}` ({alias.place})" for alias in _of(EXTRA)) + "\n")
    signs = [(f"`{sign.dialect}`", sign.by, f"`{sign.pattern}`") for sign in recognitions()]
    parts += [_DIALECTS, _table(("dialect", "by", "sign"), signs)]
    roles = [
        (f"`{rule.attribute}`", f"`{rule.value}`", rule.role.value, rule.operation) for rule in role_rules()
    ]
    parts += [_ROLES, _table(("attribute", "value", "role", "shown as"), roles)]
    spellings = [(f"`{spelling}`", f"`{name}`") for spelling, name in providers().items()]
    return "".join([*parts, _PROVIDERS, _table(("spelling", "stored as"), spellings)])


def _token_tables() -> Iterable[str]:
    vocabularies = dict.fromkeys(alias.vocabulary for alias in aliases() if alias.vocabulary)
    for vocabulary in vocabularies:
        rows = [
            (
                f"`{column}`",
                "<br>".join(f"`{a.attribute}`" for a in _of(column) if a.vocabulary == vocabulary),
            )
            for column in TOKEN_COLUMNS
        ]
        yield f"\n### `{vocabulary}.*`\n" + _table(("column", "attributes, first match wins"), rows)


def _other_table() -> str:
    columns = dict.fromkeys(
        alias.column for alias in aliases() if not alias.vocabulary and alias.column != EXTRA
    )
    rows = [(f"`{column}`", "<br>".join(_shown(alias) for alias in _of(column))) for column in columns]
    return _table(("column", "attributes, first match wins"), rows)


def _of(column: str) -> list[Alias]:
    return [alias for alias in aliases() if alias.column == column]


def _shown(alias: Alias) -> str:
    return f"`{alias.attribute}`" + (" (resource)" if alias.place is Place.RESOURCE else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    sys.stdout.write(document())
