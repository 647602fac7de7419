"""The loader of ``sql/*.sql``, files that also run as they are in a DuckDB shell.

What a question can vary is marked by comments around a default that is valid SQL:

``/*$start*/ TIMESTAMP '-infinity' /**/``
    A value. If the question gives ``start``, everything between the comments becomes the bound
    parameter ``$start``; otherwise the default stays.
``/*columns*/ endpoint_name, /**/``
    A list of identifiers from the allow-list (``columns`` with a comma after each, ``order`` for
    ORDER BY), or the condition (``filters``, by default ``true``). Becomes text that is assembled from
    allow-listed identifiers and names of bound parameters.

No value ever becomes SQL text. DuckDB itself refuses a parameter that is given and not used.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tokenlake_queries.parameters import Selection

_MARKED = re.compile(r"/\*(?P<bound>\$?)(?P<name>\w+)\*/(?P<default>.*?)/\*\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and the values of its named parameters."""

    text: str
    values: Mapping[str, object]


def statement(name: str, selection: Selection, order: str = "", **values: object) -> Statement:
    """Return the query of ``sql/<name>.sql`` over the selected rows.

    Args:
        name: The file's name without its ending.
        selection: Range, filters and grouped columns.
        order: Text of the ``order`` marker; only of allow-listed identifiers.
        values: Further marked values of this file.
    """
    condition, compared = _condition(selection.filters)
    bounds = {"start": selection.start, "end": selection.end}
    bound = {key: value for key, value in bounds.items() if value is not None} | values
    columns = "".join(f"{column}, " for column in selection.columns)
    texts = {"columns": columns, "order": order, "filters": condition}
    return Statement(_fill(read_sql(name), texts, bound), bound | compared)


@cache
def read_sql(name: str) -> str:
    """Return the text of ``sql/<name>.sql`` with its defaults."""
    return files("tokenlake_queries").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _fill(text: str, texts: Mapping[str, str], values: Mapping[str, object]) -> str:
    def replacement(marked: re.Match[str]) -> str:
        name = marked["name"]
        if not marked["bound"]:
            return texts[name]
        return f"${name}" if name in values else marked["default"]

    return _MARKED.sub(replacement, text)


def _condition(filters: Mapping[str, tuple[str | None, ...]]) -> tuple[str, dict[str, str]]:
    """Return the condition's text, and the values that it compares with by their parameters' names."""
    alternatives, compared = [], {}
    for column, wanted in filters.items():
        named = {f"{column}_{index}": value for index, value in enumerate(wanted) if value is not None}
        compared.update(named)
        absent = [f"{column} IS NULL"] if None in wanted else []
        present = [f"{column} IN ({', '.join(f'${name}' for name in named)})"] if named else []
        alternatives.append(f"({' OR '.join(present + absent)})")
    return " AND ".join(alternatives) or "true", compared
