"""Runs cells, a JSON list of texts on the standard input, as a notebook in a Jupyter kernel of its own."""

# mypy: ignore-errors
# The packages are in an environment of their own, where no type checker looks.

import json
import sys

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook


def main() -> None:
    """Run the cells in order, then let the kernel end as it does when a notebook is closed."""
    cells = [new_code_cell(text) for text in json.load(sys.stdin)]
    NotebookClient(new_notebook(cells=cells), kernel_name="python3", shutdown_kernel="graceful").execute()


if __name__ == "__main__":
    main()
