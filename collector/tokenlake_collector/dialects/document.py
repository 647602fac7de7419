"""Write docs/attributes.md from the tables: `python -m tokenlake_collector.dialects.document`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from tokenlake_collector.dialects.columns import EXTRA, VOCABULARY_COLUMNS
from tokenlake_collector.dialects.events import document_events
from tokenlake_collector.dialects.habits import Habits, inclusions, reasonings, totals
from tokenlake_collector.dialects.markdown import code, markdown_table
from tokenlake_collector.dialects.points import document_points
from tokenlake_collector.dialects.sources import sources
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

`a#b.c` is what stands at `b.c` inside the JSON object that attribute `a` holds; `a#` is the JSON value
itself; `a#uncached.b` is `b` where it stands beside Anthropic's cache counts, and so is without them;
`#buckets.…` are the sums of Langfuse's buckets.
"""
_TOKENS = """
## Token counts

Of each record **one** vocabulary is read: the one that has a cache split (of several the one with the
largest input), else the first of these that is there. Within a vocabulary the first attribute that is
present and readable wins; two are never added. Cache and reasoning counts that it lacks are completed from
the other vocabularies. `total_tokens` and `uncached_tokens` are evidence and never stored.
"""
_OTHERS = """
## Everything else

The first attribute that is present wins. Attributes of the resource come last. `model` falls back to
`request_model`. `endpoint_name` falls back to the provider's name of today (below), then to
`server_address`. `context_tokens` falls back to the input tokens. `reported_cost_micros` are millionths of
`reported_cost`. `cache_creation_tokens` that are 0 or absent are `cache_5m_tokens` + `cache_1h_tokens`;
compaction tokens are added to input and output, and the row gets the flag `unsplit_compaction`. Advisor
tokens are another model's, at another price: the row that saw them gets the flag `advisor_uncounted`.
"""
_EXTRAS = """
## Kept as they are

These go into the JSON column `attributes` under their own names:
"""
_DIALECTS = """
## Which dialect a record speaks

By its scope, else by its service or its resource, else by an attribute, each time the first sign that fits.
A record without any is the OpenTelemetry standard itself, `semconv`.
"""
_ROLES = """
## Which records are model calls

The first of these attributes that a record carries, with a row for its value, decides. Rows of a dialect
hold for it alone. A **leaf** is one request to a provider. A **container** (agent, chain, step, tool)
repeats its leaves. What is **never** billed is kept uncounted when it reports numbers. A record with usage
and none of these attributes is a leaf. A failed leaf without usage is a row with zero tokens and an
`error_type`; a successful one without usage is kept uncounted (`no_usage`).
"""
_INCLUSION = """
## Whether input holds the cached tokens

`input_tokens` always does; what emitters report does not. The first of these steps that can tell decides,
and its word is stored in `input_rule`:

| input_rule | what tells |
| --- | --- |
| `uncached_count` | a count without the cache is reported as well: input is it and the cached tokens |
| `no_cache` | no cached tokens: nothing to decide |
| `gemini` | Google's own models always include |
| `input_below_cache` | input is less than the cached tokens, so they are outside |
| `total_adds_cache` | the total is input, output and the cached tokens |
| `provider_total` | the provider's own total is input and output alone, so input includes |
| `total_gap` | no cached tokens are reported, but the provider's total is larger than input and output |
| `table` | the table below, by the version of the scope |
| `default` | nothing told: the standard, which includes |

A row whose counts still contradict each other is stored as reported with the flag `invariant`. What is
known to be cached, without being told whether read or written, has the flag `unsplit_cache`.
"""
_TOTALS = """
What a total is worth: `sum`: the emitter adds it up itself. `provider`: it is the provider's. `gap`: what
it has above input and output was cached. `thoughts`: that is thoughts and tool prompts. `output`: that is
output.
"""
_REASONING = """
## Whether output holds the reasoning

It does, unless there is more of it than of output, or the total is input, output and reasoning (and cache).
Else this table tells: `outside` unless the total is input and output, or `without_total` where there is none.
"""
_SOURCES = """
## Who is believed

Of one call that several report, the report with the lowest exactness is kept: 0 the provider's own SDK, 1
what instruments it or the provider's servers, 2 a framework, 3 a gateway, 4 a server engine. Emitters that
accumulate may report running totals. From a version on, nested agents are disjoint: all of them count.
"""
_PROVIDERS = """
## Providers

Older and product spellings, and the name that is stored. Case does not matter, nor what follows behind a dot:
"""


def document() -> str:
    """Return the page as Markdown."""
    extras = "".join(f"\n- {code(alias.attribute)} ({alias.place})" for alias in _of(EXTRA)) + "\n"
    parts = [_HEAD, _TOKENS, *_token_tables(), _OTHERS, _other_table(), _EXTRAS, extras]
    parts += [_DIALECTS, _dialect_table(), _ROLES, _role_table()]
    parts += [_INCLUSION, _habit_table(inclusions(), "includes from")]
    parts += [_TOTALS, _habit_table(totals(), "total"), _REASONING, _habit_table(reasonings(), "reasoning")]
    parts += [_SOURCES, _source_table(), _PROVIDERS, _provider_table(), document_events(), document_points()]
    return "".join(parts)


def _token_tables() -> Iterable[str]:
    vocabularies = dict.fromkeys(alias.vocabulary for alias in aliases() if alias.vocabulary)
    for vocabulary in vocabularies:
        columns = {
            column: [_shown(alias) for alias in _of(column) if alias.vocabulary == vocabulary]
            for column in VOCABULARY_COLUMNS
        }
        rows = [(code(column), "<br>".join(names)) for column, names in columns.items() if names]
        head = ("column", "attributes, first match wins")
        yield f"\n### {code(vocabulary)}\n" + markdown_table(head, rows)


def _other_table() -> str:
    columns = dict.fromkeys(
        alias.column for alias in aliases() if not alias.vocabulary and alias.column != EXTRA
    )
    rows = [(code(column), "<br>".join(_shown(alias) for alias in _of(column))) for column in columns]
    return markdown_table(("column", "attributes, first match wins"), rows)


def _dialect_table() -> str:
    signs = [(code(sign.dialect), sign.by, code(sign.pattern)) for sign in recognitions()]
    return markdown_table(("dialect", "by", "sign"), signs)


def _role_table() -> str:
    rows = [
        (code(rule.dialect), code(rule.attribute), code(rule.value), rule.role.value, rule.operation)
        for rule in role_rules()
    ]
    return markdown_table(("dialect", "attribute", "value", "role", "shown as"), rows)


def _habit_table(habits: Habits, value: str) -> str:
    rows = [(*map(code, (row.dialect, row.scope, row.span, row.called)), row.value) for row in habits]
    return markdown_table(("dialect", "scope", "span name", "provider or model", value), rows)


def _source_table() -> str:
    rows = [
        (
            code(row.dialect),
            code(row.scope),
            str(row.exactness),
            "yes" if row.accumulates else "",
            row.disjoint_agents_from,
        )
        for row in sources()
    ]
    return markdown_table(("dialect", "scope", "exactness", "accumulates", "disjoint agents from"), rows)


def _provider_table() -> str:
    spellings = [(code(spelling), code(name)) for spelling, name in providers().items()]
    return markdown_table(("spelling", "stored as"), spellings)


def _of(column: str) -> list[Alias]:
    return [alias for alias in aliases() if alias.column == column]


def _shown(alias: Alias) -> str:
    limits = [*alias.dialects, *(["resource"] if alias.place is Place.RESOURCE else [])]
    return code(alias.attribute) + (f" ({', '.join(limits)})" if limits else "")


if __name__ == "__main__":
    sys.stdout.write(document())
