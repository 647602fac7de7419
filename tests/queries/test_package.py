"""What importing the package needs and brings."""

import subprocess
import sys

import pytest

import tokenlake_queries

_WITHOUT_DUCKDB = """
import sys
sys.modules["duckdb"] = None
try:
    import tokenlake_queries
except ImportError as error:
    print(error)
"""

_IMPORTED = """
import sys
before = set(sys.modules)
import tokenlake_queries
names = {name.partition(".")[0] for name in set(sys.modules) - before}
# The interpreter's own build settings are a module whose name depends on the platform.
print(*sorted(name for name in names - sys.stdlib_module_names if not name.startswith("_sysconfigdata")))
"""


def printed(code: str) -> str:
    """Return what a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_without_duckdb_the_import_says_what_to_install() -> None:
    """Without DuckDB the package cannot be imported, and says how it could."""
    expected = "tokenlake_queries needs DuckDB: pip install 'tokenlake[queries]'"

    assert expected == printed(_WITHOUT_DUCKDB)


def test_only_duckdb_is_imported() -> None:
    """Beside the standard library it is DuckDB alone, and nothing of the other two packages."""
    expected = ["_duckdb", "duckdb", "tokenlake_queries"]

    assert expected == printed(_IMPORTED).split()


@pytest.mark.parametrize("name", tokenlake_queries.__all__)
def test_exported_names_exist(name: str) -> None:
    """Every exported name is there."""
    assert hasattr(tokenlake_queries, name)
