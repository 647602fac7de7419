"""The examples of docs/embedded.md run, and print what their comments say."""

from __future__ import annotations

import re
from pathlib import Path

from harness.markdown import Document
from harness.otlp_sink import http_sink
from harness.python_process import succeed
from harness.repository import ROOT

BLOCKS = [
    block.text for block in Document.read(ROOT / "docs" / "embedded.md").blocks if block.language == "python"
]


def test_the_examples_print_what_they_say(tmp_path: Path) -> None:
    """All blocks but the last are one program; each print has its output beside it."""
    program = "\n".join(["import os, sys", "os.chdir(sys.argv[1])", *BLOCKS[:-1]])
    expected = re.findall(r"^ *print\(.*  # (.*)$", program, re.MULTILINE)

    assert len(expected) == program.count("print(")
    assert expected == succeed(program, str(tmp_path)).splitlines()


def test_the_remedy_reaches_a_collector() -> None:
    """The last block sends to a collector's address instead."""
    with http_sink() as sink:
        remedy = BLOCKS[-1].replace("127.0.0.1:4318", sink.address)
        program = (
            f"from tokenlake import init_token_tracking, record_usage\n{remedy}\nrecord_usage(model='m')"
        )
        succeed(program)

        assert ["chat m"] == sink.names
