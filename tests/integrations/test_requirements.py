"""The environments of the integrations are pinned, and name no place that packages come from."""

from __future__ import annotations

import re

import pytest

from harness.integration_environment import REQUIREMENTS

LINE = re.compile(r"# .+|[A-Za-z0-9][\w.-]*==[\w.+!-]+")


@pytest.mark.parametrize("name", sorted(path.stem for path in REQUIREMENTS.glob("*.txt")))
def test_requirements_are_pins_and_remarks(name: str) -> None:
    """Each line is `name==version` or a remark: no options, no links."""
    lines = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()

    assert [] != lines
    assert [] == [line for line in lines if not LINE.fullmatch(line)]
