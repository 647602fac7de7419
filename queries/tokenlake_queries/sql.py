"""The loader of ``sql/*.sql``, files that also run as they are in a DuckDB shell.

What a question can vary is marked by comments around a default that is valid SQL:

``/*$start*/ TIMESTAMP '-infinity' /**/``
    A value. If the question gives ``start``, everything between the comments becomes the bound
    parameter ``$start``; otherwise the default stays.
``/*columns*/ endpoint_name, /**/``
    A list of identifiers from the allow-list (``columns`` with a comma after each, ``order`` for
    ORDER BY), or the condition (``filters``, by default ``true``). Becomes text that is assembled from
    allow-listed identifiers and names of bound parameters.

``/*usage*/ … /*end of usage*/``
    The rows, each as a sum of one. Where hours are summed, ``sql/usage_hours.sql`` takes its place, with the
    same columns as far as a question about those hours needs them.

No value ever becomes SQL text. DuckDB itself refuses a parameter that is given and not used.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tokenlake_queries.hours import Hours
from tokenlake_queries.parameters import Selection

_USAGE = re.compile(r"/\*usage\*/(?P<rows>.*?)/\*end of usage\*/", re.DOTALL)
_MARKED = re.compile(r"/\*(?P<bound>\$?)(?P<name>\w+)\*/(?P<default>.*?)/\*\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and the values of its named parameters."""

    text: str
    values: Mapping[str, object]


def statement(
    name: str, selection: Selection, order: str = "", hours: Hours | None = None, **values: object
) -> Statement:
    """Return the query of ``sql/<name>.sql`` over the selected rows.

    Args:
        name: The file's name without its ending.
        selection: Range, filters and grouped columns.
        order: Text of the ``order`` marker; only of allow-listed identifiers.
        hours: The hours whose sums are read.
        values: Further marked values of this file.
    """
    chosen, compared = condition(selection.filters)
    bounds = {"start": selection.start, "end": selection.end}
    bounds |= {"hours_first": hours.first, "hours_last": hours.last} if hours else {}
    bound = {key: value for key, value in bounds.items() if value is not None} | values
    columns = "".join(f"{column}, " for column in selection.columns)
    texts = {"columns": columns, "order": order, "filters": chosen}
    return Statement(fill(_text(name, hours), texts, bound), bound | compared)


@cache
def read_sql(name: str) -> str:
    """Return the text of ``sql/<name>.sql`` with its defaults."""
    return files("tokenlake_queries").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _text(name: str, hours: Hours | None) -> str:
    def usage(marked: re.Match[str]) -> str:
        return read_sql("usage_hours") if hours else marked["rows"]

    return _USAGE.sub(usage, read_sql(name))


def fill(text: str, texts: Mapping[str, str], values: Mapping[str, object]) -> str:
    """Return marked SQL with these texts, and with parameters where there are values."""

    def replacement(marked: re.Match[str]) -> str:
        name = marked["name"]
        if not marked["bound"]:
            return texts[name]
        return f"${name}" if name in values else marked["default"]

    return _MARKED.sub(replacement, text)


def condition(filters: Mapping[str, tuple[str | None, ...]]) -> tuple[str, dict[str, str]]:
    """Return the condition's text, and the values that it compares with by their parameters' names."""
    alternatives, compared = [], {}
    for column, wanted in filters.items():
        named = {f"{column}_{index}": value for index, value in enumerate(wanted) if value is not None}
        compared.update(named)
        absent = [f"{column} IS NULL"] if None in wanted else []
        present = [f"{column} IN ({', '.join(f'${name}' for name in named)})"] if named else []
        alternatives.append(f"({' OR '.join(present + absent)})")
    return " AND ".join(alternatives) or "true", compared
