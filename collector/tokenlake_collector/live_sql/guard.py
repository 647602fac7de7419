"""The guard: a statement is parsed where there is no data, and every node of its tree is looked at."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator
from typing import Any

import duckdb

from tokenlake_collector.live_sql.catalog import (
    INFORMATION_SCHEMA,
    TABLE_FUNCTIONS,
    TABLES,
    TEMPLATES,
    allowed_functions,
)
from tokenlake_collector.live_sql.errors import Refused

LONGEST_SQL = 100_000
"""Characters of a statement."""

Node = dict[str, Any]
Names = frozenset[str]

# A database of its own, in which there is nothing: parsing reads and runs nothing.
_PARSER = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
_FUNCTIONS = allowed_functions(_PARSER)

_QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_SOURCES = frozenset({"EMPTY", "SUBQUERY", "JOIN", "EXPRESSION_LIST", "PIVOT"})
_DETAILS = re.compile(r"\w+_(MODIFIER|INFO)|ORDER_DEFAULT|ASCENDING|DESCENDING")
"""Types of what stands in ORDER BY, LIMIT and casts: neither a query nor a source of rows."""

_LISTINGS = frozenset({"tables", "__show_tables_expanded"})
"""What SHOW TABLES, and SHOW and DESCRIBE without a name, ask for."""

_SIZE = re.compile(r"\d{4}|\*|\{[^}]*\{")
"""A width of thousands of characters, or one that comes from a value."""

_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def check(sql: str) -> None:
    """Return if `sql` is one SELECT (DESCRIBE, SUMMARIZE, SHOW TABLES, VALUES) over what may be read.

    Raises:
        Refused: it is something else, or does not parse.
    """
    waiting: list[tuple[Any, Names]] = [(_parsed(sql), frozenset())]
    while waiting:
        value, visible = waiting.pop()
        if isinstance(value, list):
            waiting += [(item, visible) for item in value]
        elif isinstance(value, dict):
            waiting += _below(value, visible)


def _parsed(sql: str) -> Node:
    if len(sql) > LONGEST_SQL:
        raise Refused(f"the statement has {len(sql):,} characters: at most {LONGEST_SQL:,} are read")
    if "\0" in sql:
        # DuckDB 1.5 parses up to it.
        raise Refused("the statement has a NUL character: take it out")
    try:
        sql.encode()
        with _PARSER.cursor() as cursor:
            ((text,),) = cursor.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()
        tree: Node = json.loads(text)
    except RecursionError as error:
        raise Refused("the statement is nested too deeply: name its parts with WITH") from error
    except (duckdb.Error, ValueError) as error:
        line = str(error).partition("\n")[0]
        raise Refused(f"the statement cannot be read: {line}") from error
    if tree["error"]:
        raise Refused(_explained(tree))
    if len(tree["statements"]) != 1:
        raise Refused(f"{len(tree['statements'])} statements: write one SELECT")
    return tree


def _explained(tree: Node) -> str:
    if tree["error_type"] == "not implemented":
        return "not a SELECT: only SELECT, VALUES, DESCRIBE, SUMMARIZE and SHOW TABLES run here"
    return f"{tree['error_type']} error: {tree['error_message']}".replace("\n", " ")


def _below(node: Node, visible: Names) -> Iterator[tuple[Any, Names]]:
    """Judge a node, and return what is below it with the names that WITH gives to each part."""
    for entry in node.get("cte_map", {}).get("map", ()):
        # One query sees those before it, so that none can pass for a table of the same name.
        yield entry["value"], visible
        visible |= {_folded(entry["key"])}
    if node.get("type") == "RECURSIVE_CTE_NODE":
        visible |= {_folded(node["cte_name"])}
    _judge(node, visible)
    for key, item in node.items():
        if key == "function" and node.get("type") == "TABLE_FUNCTION":
            yield list(item.values()), visible
        elif key != "cte_map":
            yield item, visible


def _judge(node: Node, visible: Names) -> None:
    kind = node.get("type")
    if "class" in node:
        if node["class"] == "FUNCTION":
            _judge_function(node)
    elif kind == "BASE_TABLE":
        _judge_table(node, visible)
    elif kind == "TABLE_FUNCTION":
        _allow("function", node["function"]["function_name"], TABLE_FUNCTIONS)
    elif kind == "SHOW_REF":
        if node["query"] is None:
            _allow("listing", node["table_name"].strip('"'), _LISTINGS)
    elif isinstance(kind, str) and not (kind in _QUERIES or kind in _SOURCES or _DETAILS.fullmatch(kind)):
        raise Refused(f"{kind}: only SELECT reads a ledger, and nothing changes it")


def _judge_table(node: Node, visible: Names) -> None:
    catalog, schema, name = node["catalog_name"], _folded(node["schema_name"]), node["table_name"]
    if catalog:
        raise Refused(f"{catalog}.{schema}.{name}: leave the database out, there is one")
    if schema == "information_schema":
        _allow("table", name, INFORMATION_SCHEMA)
    elif schema in ("", "main"):
        _allow("table", name, TABLES if schema or _folded(name) not in visible else visible)
    else:
        raise Refused(f"schema {schema}: read {', '.join(sorted(TABLES))}")


def _judge_function(node: Node) -> None:
    name = node["function_name"]
    if _folded(name) not in _FUNCTIONS:
        raise Refused(f"function {name} is not allowed here: docs/sql.md says which are")
    if _folded(name) in TEMPLATES and not _is_short_template(node):
        raise Refused(f"{name}: its first argument must be a plain text with widths below 1,000")


def _is_short_template(node: Node) -> bool:
    """Tell whether the first argument is a literal that asks for no great width (DuckDB 2, DuckDB 1.5)."""
    arguments = node.get("arguments") or node.get("children") or [{}]
    first = arguments[0].get("expression", arguments[0])
    text = first.get("literal", {}).get("text") or first.get("value", {}).get("value")
    return isinstance(text, str) and not _SIZE.search(text)


def _allow(what: str, name: str, allowed: Names) -> None:
    if _folded(name) not in allowed:
        raise Refused(f"{what} {name!r} is not allowed here: {', '.join(sorted(allowed))} are")


def _folded(name: str) -> str:
    """Fold case as DuckDB does, in ASCII alone: the Kelvin sign is no k."""
    return name.translate(_ASCII_LOWER)
