"""The table of metrics in docs/operations.md is what `/metrics` shows."""

from __future__ import annotations

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.markdown import Document
from harness.repository import ROOT
from tokenlake_collector import errors
from tokenlake_collector.ledger_gauges import TABLES, LedgerGauges
from tokenlake_collector.meters import OUTCOMES, Meters
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger

TABLE = {row[0]: row[1:] for row in Document.read(ROOT / "docs" / "operations.md").tables["Metrics"]}
"""Type, labels, unit and meaning of each metric."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, set[str]]]:
    """Type and labels of each metric of a collector where everything has happened once."""
    ledger = Ledger.open(tmp_path_factory.mktemp("ledger") / "usage.duckdb")
    meters = Meters()
    meters.registry.register(LedgerGauges(ledger))
    meters.requests.answered(Signal.TRACES, "http", "503", errors.CommitFailed("no room"))
    meters.records.add_doubts(1, {"a_flag": 1})
    families = list(text_string_to_metric_families(meters.render().decode()))
    ledger.close()
    return {
        family.name + "_total" * (family.type == "counter"): (
            family.type,
            {label for sample in family.samples for label in sample.labels} - {"le"},
        )
        for family in families
    }


def test_every_metric_is_in_the_table(shown: dict[str, tuple[str, set[str]]]) -> None:
    """With its type and its labels; those about the process are there on Linux only."""
    documented = {name: (row[0], set(row[1].split(", ")) - {""}) for name, row in TABLE.items()}

    assert shown == {name: documented.get(name) for name in shown}
    assert [] == [name for name in TABLE if name not in shown and not name.startswith("process_")]


def test_every_metric_has_a_unit_and_a_meaning() -> None:
    """And where the name ends with a unit, it is that one."""
    assert [] == [name for name, row in TABLE.items() if not row[2] or len(row[3].split()) < 1]
    for unit in ("bytes", "seconds"):
        named = [name for name in TABLE if name.removesuffix("_total").endswith(unit)]
        assert [] == [name for name in named if not TABLE[name][2].startswith(unit)]


def test_every_value_of_a_label_is_explained() -> None:
    """Outcomes, tables, and the reasons of all failures that a request can have."""
    failures = [
        cls
        for cls in vars(errors).values()
        if isinstance(cls, type) and cls not in {errors.CollectorError, errors.StartupError}
    ]
    reasons = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower() for cls in failures}
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `tokenlake_")}

    for metric, values in {
        "tokenlake_refused_requests_total": reasons,
        "tokenlake_records_total": set(OUTCOMES),
        "tokenlake_rows": set(TABLES),
    }.items():
        assert [] == sorted(value for value in values if f"`{value}`" not in rows[metric])


def test_names_follow_prometheus(shown: dict[str, tuple[str, set[str]]]) -> None:
    """Lower case; counters end with _total, nothing else does."""
    assert [] == [name for name in shown if not re.fullmatch(r"[a-z_]+", name)]
    assert [] == [name for name, (kind, _) in shown.items() if (kind == "counter") != name.endswith("_total")]


def test_the_sum_in_the_document_is_the_sum() -> None:
    """The equation names each outcome once."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (equation,) = re.findall(r"^received_records = (.*)$", text, re.MULTILINE)

    assert sorted([*OUTCOMES, "rejected_records"]) == sorted(equation.split(" + "))
