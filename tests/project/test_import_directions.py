"""The arrows between packages, and between the rooms of the collector, point one way."""

from __future__ import annotations

import graphlib
import re
from pathlib import Path

import pytest

from harness.imports import (
    Import,
    imports_inside_functions,
    imports_of,
    module_files,
    module_graph,
)
from harness.repository import PACKAGES

OURS = tuple(PACKAGES)

ARROWS = {
    # The exporter and the queries know nothing of ours but themselves.
    "tokenlake": "tokenlake",
    "tokenlake_queries": "tokenlake_queries",
    # The collector, from the bottom to the top; a leading dot is short for tokenlake_collector.
    "tokenlake_collector": "",
    ".errors": "",
    ".allocator": "",
    ".signals": "",
    ".identity": "",
    ".texts": "",
    ".addresses": ".errors",
    ".logs": ".logs",
    ".meters": ".errors .signals",
    ".ledger_gauges": ".storage",
    ".limits": "",
    ".open_files": "",
    ".access": ".access .addresses .errors",
    ".tls": ".errors",
    ".config": ".access .addresses .errors .limits .live_sql.limits .quack .tls "
    "tokenlake_queries.errors tokenlake_queries.lake",
    ".decode": ".decode .errors .signals",
    ".dialects": ".dialects",
    ".flatten": ".flatten .decode .dialects .identity .texts",
    ".prices": ".prices .errors .texts",
    ".storage": ".storage .errors tokenlake_queries.errors tokenlake_queries.lake",
    ".account": ".account .dialects .flatten.rows .identity .storage.changes .storage.hours "
    ".storage.insert .storage.sql .texts",
    ".ingest": ".account .decode .errors .flatten .meters .signals .storage",
    ".handover": "",
    ".pipeline": ".errors .handover .ingest .meters .signals",
    ".receive": ".receive .access .addresses .decode.otlp_json .errors .ingest.Accepted .limits .meters "
    ".signals",
    ".web_connection": ".limits",
    ".web_server": ".addresses .limits .web_connection",
    ".api": ".account.explain .prices .storage tokenlake_queries",
    ".live_sql": ".live_sql .limits .storage",
    ".retention": ".retention .errors .storage",
    ".migrate": ".migrate .errors .storage tokenlake_queries",
    ".transfer": ".transfer .account.pricing .decode.otlp_json .errors .ingest .limits .meters "
    ".receive.replies .signals .storage tokenlake_queries",
    ".quack": ".addresses .errors .live_sql tokenlake_queries.extensions",
    ".downloads": ".errors .storage",
    ".web": ".web",
    ".embedded": ".embedded .errors .ingest .limits .meters .prices .signals .storage tokenlake "
    "tokenlake_queries",
    # These wire the rooms together.
    ".application": "tokenlake_collector",
    ".server": "tokenlake_collector tokenlake_queries.lake",
    # What people start; they use the other packages as a user would.
    ".demo": "tokenlake_collector tokenlake tokenlake_queries",
    ".doctor": ".doctor .addresses .decode.otlp_json .receive.otlp_grpc .signals "
    "tokenlake.lifetime.environment",
    ".cli": "tokenlake_collector tokenlake tokenlake_queries",
    ".__main__": ".cli",
}
"""Who may import what of ours: a module or package, and everything in it. The most exact line holds."""


def full(short: str) -> str:
    return f"tokenlake_collector{short}" if short.startswith(".") else short


def within(name: str, whole: str) -> bool:
    return name == whole or name.startswith(f"{whole}.")


def row_of(module: str) -> str:
    """Return the line of the table about a module; the collector's own is about its `__init__` alone."""
    rows = [row for row in ARROWS if within(module, full(row))]
    best = max(rows, key=lambda row: len(full(row)))
    assert best != "tokenlake_collector" or module == best, (
        f"{module} has no line in ARROWS: say what it may import"
    )
    return best


def is_forbidden(found: Import) -> bool:
    """Tell whether an import is an arrow to something of ours that the table does not allow."""
    allowed = [full(target) for target in ARROWS[row_of(found.module)].split()]
    ours = found.target.partition(".")[0] in OURS
    return ours and not any(within(found.target, target) for target in allowed)


def all_files() -> dict[str, Path]:
    return {
        name: path for package in PACKAGES for name, path in module_files(package, PACKAGES[package]).items()
    }


def test_every_arrow_is_allowed() -> None:
    """No module imports anything of ours that the table does not give it."""
    found = [found for module, path in all_files().items() for found in imports_of(module, path)]

    assert [] == [str(arrow) for arrow in found if is_forbidden(arrow)]


def test_every_line_of_the_table_is_about_something() -> None:
    """A room that was moved or renamed leaves no line behind."""
    modules = all_files()

    assert [] == [row for row in ARROWS if full(row) not in modules]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_itself_by_a_detour(package: str) -> None:
    """The modules of a package can be put into an order in which each imports only earlier ones."""
    graph = module_graph(module_files(package, PACKAGES[package]))
    order = list(graphlib.TopologicalSorter(graph).static_order())

    assert sorted(graph) == sorted(order)


def gives_a_reason(line: str) -> bool:
    """Tell whether a line has a comment of words, switches for the linters left out."""
    comment = line.partition("#")[2]
    words = re.sub(r"noqa(: ?[A-Z]+\d+(, ?[A-Z]+\d+)*)?|type: ignore(\[[\w, -]+\])?", "", comment)
    return len(re.findall(r"\w+", words)) >= 2


def test_an_import_inside_a_function_says_why() -> None:
    """What is not at the top of the file has its reason on the line."""
    unexplained = [
        f"{module}:{number}"
        for module, path in all_files().items()
        for number in imports_inside_functions(path)
        if not gives_a_reason(path.read_text(encoding="utf-8").splitlines()[number - 1])
    ]

    assert [] == unexplained


@pytest.mark.parametrize(
    ("module", "target", "forbidden"),
    [
        ("tokenlake.reporting.record", "tokenlake.attribution.context.EMPTY", False),
        ("tokenlake.reporting.record", "tokenlake_queries", True),
        ("tokenlake.reporting.record", "tokenlake_collector.errors.StartupError", True),
        ("tokenlake_queries.ledger", "tokenlake.version", True),
        ("tokenlake_queries.ledger", "duckdb", False),
        ("tokenlake_collector", "tokenlake_collector.server", True),
        ("tokenlake_collector.receive.replies", "tokenlake_collector.ingest.Accepted", False),
        ("tokenlake_collector.receive.replies", "tokenlake_collector.ingest.Ingest", True),
        ("tokenlake_collector.receive.encodings", "tokenlake_collector.decode.otlp_json.to_protobuf", False),
        ("tokenlake_collector.receive.encodings", "tokenlake_collector.decode.records.decode", True),
        ("tokenlake_collector.storage.ledger", "tokenlake_queries.get_token_total", True),
        ("tokenlake_collector.dialects.slots", "tokenlake_collector.errors.StartupError", True),
        ("tokenlake_collector.server", "tokenlake_collector.pipeline.Pipeline", False),
    ],
)
def test_the_table_tells_arrows_apart(module: str, target: str, forbidden: bool) -> None:
    """Each arrow is judged by the line of its own room, down to a single name."""
    assert forbidden == is_forbidden(Import(module, target, 1))


def test_a_module_outside_the_table_is_asked_about() -> None:
    """A new room cannot come in without a line that says what it may import."""
    with pytest.raises(AssertionError, match="has no line in ARROWS"):
        row_of("tokenlake_collector.novelty")


def test_all_kinds_of_import_are_seen(tmp_path: Path) -> None:
    """Plain, aliased, from, under TYPE_CHECKING and inside a function."""
    source = """import a.b
import c as d
from e import f, g as h
if TYPE_CHECKING:
    import i
def k():
    from l import m
"""
    path = tmp_path / "seen.py"
    path.write_text(source)

    expected = {("a.b", 1), ("c", 2), ("e.f", 3), ("e.g", 3), ("i", 5), ("l.m", 7)}

    assert expected == {(found.target, found.line) for found in imports_of("seen", path)}
    assert [7] == imports_inside_functions(path)


def test_a_cycle_is_seen(tmp_path: Path) -> None:
    """Two modules that import each other have no order."""
    (tmp_path / "__init__.py").touch()
    (tmp_path / "one.py").write_text("from loop import two\n")
    (tmp_path / "two.py").write_text("from loop.one import name\n")

    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(module_graph(module_files("loop", tmp_path))).prepare()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("    import grpc", False),
        ("    import grpc  # noqa: PLC0415", False),
        ("    import grpc  # type: ignore[import-untyped]", False),
        ("    import grpc  # noqa: PLC0415  # slow to import", True),
        ("    import grpc  # noqa: PLC0415 - slow to import", True),
        ("    import grpc  # slow to import", True),
    ],
)
def test_a_switch_for_the_linter_is_no_reason(line: str, reason: bool) -> None:
    """Only words about why count."""
    assert reason == gives_a_reason(line)
