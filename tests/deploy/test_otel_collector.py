"""The OpenTelemetry Collector's configuration, by what its documentation says; the program is not run."""

from __future__ import annotations

import re
from typing import Any

import pytest

from harness.deployment import DEPLOY, documents

PATH = DEPLOY / "otel-collector" / "config.yaml"
(CONFIGURATION,) = documents(PATH)
EXPORTERS: dict[str, dict[str, Any]] = CONFIGURATION["exporters"]
PIPELINES: dict[str, dict[str, list[str]]] = CONFIGURATION["service"]["pipelines"]

# Written down from the documentation of each component (the real one is not run here): a key that it does not
# know keeps the Collector from starting.
# fmt: off
QUEUE = {
    "enabled", "storage", "sizer", "queue_size", "num_consumers", "block_on_overflow", "wait_for_result",
    "batch",
}
BATCH = {"flush_timeout", "min_size", "max_size", "sizer", "partition"}
RETRY = {
    "enabled", "initial_interval", "max_interval", "max_elapsed_time", "multiplier", "randomization_factor",
}
STORAGE = {
    "directory", "create_directory", "directory_permissions", "timeout", "fsync", "recreate", "compaction",
}
COMPACTION = {
    "on_start", "on_rebound", "directory", "max_transaction_size", "cleanup_on_start", "check_interval",
    "rebound_needed_threshold_mib", "rebound_trigger_threshold_mib",
}
# fmt: on
KNOWN = {"otlp", "health_check", "file_storage", "memory_limiter", "otlp_grpc", "otlp_http"}


def kind(name: str) -> str:
    """Return the type of a component, which its name begins with."""
    return name.partition("/")[0]


def test_every_component_is_one_that_exists() -> None:
    """Types are those of the contrib distribution, under the names that they have since 0.144."""
    sections = ("receivers", "extensions", "processors", "exporters")

    assert KNOWN == {kind(name) for section in sections for name in CONFIGURATION[section]}


@pytest.mark.parametrize("section", ["receivers", "processors", "exporters"])
def test_what_is_defined_is_used_and_the_other_way_round(section: str) -> None:
    """Every pipeline's components are defined, and none is defined for nothing."""
    used = {name for pipeline in PIPELINES.values() for name in pipeline[section]}

    assert used == CONFIGURATION[section].keys()


def test_extensions_are_started() -> None:
    """An extension that the service does not list is ignored, and the queue's storage with it."""
    assert CONFIGURATION["extensions"].keys() == set(CONFIGURATION["service"]["extensions"])


def test_all_three_signals_go_to_both_backends() -> None:
    """The fan-out: traces, logs and metrics each have tokenlake and the other backend."""
    both = ["otlp_grpc/tokenlake", "otlp_http/other"]

    assert dict.fromkeys(["traces", "logs", "metrics"], both) == {
        name: pipeline["exporters"] for name, pipeline in PIPELINES.items()
    }


def test_nothing_is_sampled_or_kept_in_memory() -> None:
    """No processor drops records, and none holds what was acknowledged: batches are made behind the queue."""
    assert [["memory_limiter"]] * 3 == [pipeline["processors"] for pipeline in PIPELINES.values()]


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_backend_has_its_queue_on_disk(name: str) -> None:
    """What it does not take waits in the file storage, up to a size that is given in bytes."""
    queue = EXPORTERS[name]["sending_queue"]

    assert (True, "file_storage", "bytes") == (queue["enabled"], queue["storage"], queue["sizer"])
    assert queue["storage"] in CONFIGURATION["extensions"]
    assert set() == queue.keys() - QUEUE
    assert set() == queue["batch"].keys() - BATCH
    assert queue["batch"]["min_size"] <= queue["batch"]["max_size"]


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_backend_is_tried_for_ever(name: str) -> None:
    """By default a batch is dropped after five minutes; 0 means never."""
    retry = EXPORTERS[name]["retry_on_failure"]

    assert (True, "0s") == (retry["enabled"], retry["max_elapsed_time"])
    assert set() == retry.keys() - RETRY


def test_the_queue_survives_a_power_cut() -> None:
    """The storage is synced, and shrinks again after an outage."""
    storage = CONFIGURATION["extensions"]["file_storage"]

    assert storage["fsync"] is True
    assert set() == storage.keys() - STORAGE
    assert set() == storage["compaction"].keys() - COMPACTION


def test_addresses_and_tokens_come_from_the_environment() -> None:
    """The file has no secret; its heading says what has to be set."""
    text = PATH.read_text(encoding="utf-8")
    read = set(re.findall(r"\$\{env:(\w+)\}", text))
    heading = text.partition("receivers:")[0]

    assert {"TOKENLAKE_ENDPOINT", "TOKENLAKE_INGEST_TOKEN", "OTHER_ENDPOINT"} == read
    assert read == set(re.findall(r"(\w+)=", heading))
    authorization = EXPORTERS["otlp_grpc/tokenlake"]["headers"]["authorization"]
    assert "Bearer ${env:TOKENLAKE_INGEST_TOKEN}" == authorization
