"""The notebook of docs/agents.md in a real Jupyter kernel."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from harness.agent_runs import AGENTS, Totals, counted
from harness.agents_page import examples
from harness.collector_process import clean_environment, running_collector
from harness.integration_environment import integration_environment

pytestmark = [pytest.mark.integrations, pytest.mark.timeout(600)]


def test_cells_of_a_notebook_are_counted(tmp_path: Path) -> None:
    """A cell that awaits, inside the kernel's own event loop, is counted when the kernel has ended."""
    python = integration_environment("jupyter").folder / "bin" / "python"
    names = ("HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "TOKENLAKE_SPOOL")
    folders = {name: str(tmp_path / name) for name in names}
    with running_collector(tmp_path / "usage.duckdb") as collector:
        subprocess.run(
            [str(python), str(AGENTS / "notebook.py")],
            input=json.dumps(examples("In Jupyter", "python", collector)),
            env={**clean_environment(), **folders},
            text=True,
            timeout=120,
            check=True,
        )
        assert collector.stop() == 0
    expected = {("notebook", "alice", "jupyter"): Totals(calls=1, input_tokens=1000, output_tokens=500)}

    assert expected == counted(collector.db)
