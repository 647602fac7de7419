"""A plugin of pytest: the ledgers that tests open are on DuckLake, whether in memory or in a file otherwise.

`python -m pytest -p harness.on_lake tests/account`, in the environment `lake`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import is_hypothesis_test, settings

from harness.emptied import Emptied
from harness.postgres import running_postgres
from tokenlake_collector.storage.ledger import MEMORY, Ledger
from tokenlake_collector.storage.opening import CONFIG

MOST_EXAMPLES = 3
"""Examples of a property here: each opens some ledgers."""


class Lakes:
    """Ledgers for names that stand for a file or for memory: within a test the same file is the same one.

    All have their data in one folder, in files that no two share.
    """

    def __init__(self, databases: Emptied) -> None:
        self._open = Ledger.open
        self._databases = databases
        self._of_files: dict[Path, str] = {}
        self._opened: list[Ledger] = []

    def open(self, db: str | Path, *arguments: Any, **options: Any) -> Ledger:
        """Do what `Ledger.open` does, but for a ledger of ours."""
        self._opened.append(self._open(self._name(db), *arguments, **options))
        return self._opened[-1]

    def end_test(self) -> None:
        """Close what a test left open: its ledgers are another's next."""
        for ledger in self._opened:
            ledger.close()
        self._opened.clear()
        self._of_files.clear()
        self._databases.give_back()

    def _name(self, db: str | Path) -> str:
        if str(db) == MEMORY:
            return self._databases.take()
        path = Path(db).absolute()
        if path not in self._of_files:
            self._of_files[path] = self._databases.take()
        return self._of_files[path]


@pytest.fixture(scope="session")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakes]:
    """Let `Ledger.open` open nothing but ledgers on DuckLake."""
    with running_postgres() as postgres, pytest.MonkeyPatch.context() as patch:
        # To check the signatures of two extensions takes longer than all the rest of an opening.
        patch.setitem(CONFIG, "allow_unsigned_extensions", True)
        name = postgres.new_ledger()
        Ledger.open(name, data_path=str(tmp_path_factory.mktemp("lake"))).close()
        lakes = Lakes(Emptied(postgres, name))
        patch.setattr(Ledger, "open", lakes.open)
        yield lakes


@pytest.fixture(autouse=True)
def _on_lake(lakes: Lakes) -> Iterator[None]:
    yield
    lakes.end_test()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let properties try few examples; what a test itself says would otherwise stand."""
    for item in items:
        test: Any = getattr(item, "obj", None)
        if is_hypothesis_test(test):
            own = test._hypothesis_internal_use_settings
            fewer = settings(own, max_examples=min(own.max_examples, MOST_EXAMPLES))
            test._hypothesis_internal_use_settings = fewer
