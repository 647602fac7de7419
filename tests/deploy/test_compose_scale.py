"""The profile `scale` of the composition: what it starts, and that its parts fit together."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import Any

import pytest

from harness.balancer import CONFIGURATION
from harness.command_line import complaint, settings
from harness.deployment import composition, is_pinned, serve_variables
from harness.dockerfile import Dockerfile
from harness.repository import ROOT, pyproject

SERVICES: dict[str, dict[str, Any]] = composition()["services"]
SCALE = {name: service for name, service in SERVICES.items() if "profiles" in service}
COLLECTORS = ["lake-1", "lake-2"]


def default(variable: str, option: str) -> str:
    """Return what a collector of the composition is given, else the command line's own default."""
    given: dict[str, str] = SERVICES["lake-1"]["environment"]
    (setting,) = (one for one in settings() if (one.command, one.option) == ("tokenlake serve", option))
    return given.get(variable, setting.default)


def test_the_profile_has_every_part() -> None:
    """Catalog, store, two collectors and the balancer; nothing of it starts without the profile."""
    assert {"catalog", "store", *COLLECTORS, "balancer"} == SCALE.keys()
    assert [["scale"]] * 5 == [service["profiles"] for service in SCALE.values()]


@pytest.mark.debian
@pytest.mark.parametrize("profile", [[], ["--profile", "scale"]])
def test_docker_compose_accepts_the_file(profile: list[str]) -> None:
    """The real program checks the file against the compose specification's schema and fills it in."""
    environment = os.environ | {"TOKENLAKE_INGEST_TOKEN": "a-token-of-the-test"}
    command = ["docker-compose", "--file", str(ROOT / "docker-compose.yml"), *profile, "config", "--quiet"]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert (0, "", "") == (finished.returncode, finished.stdout, finished.stderr)


def test_what_starts_without_the_profile_needs_no_other_secret() -> None:
    """Variables are filled in for all services at once: only the ingest token has to be set."""
    required = re.findall(r"\$\{(\w+):\?", json.dumps(SERVICES))

    assert {"TOKENLAKE_INGEST_TOKEN"} == set(required)


def test_images_of_others_are_pinned() -> None:
    """What is not built here has a version in its tag."""
    images = {name: service["image"] for name, service in SCALE.items() if "build" not in service}

    assert {"catalog", "store", "balancer"} == images.keys()
    assert [] == [image for image in images.values() if not is_pinned(image)]


def test_both_collectors_are_the_same_real_command() -> None:
    """They differ in nothing but their names; option and variables are those of `tokenlake serve`."""
    first, second = (SERVICES[name] for name in COLLECTORS)

    assert first == second
    assert "" == complaint(first["command"])
    assert set() == first["environment"].keys() - serve_variables()


def test_the_collectors_are_built_with_what_the_lake_needs() -> None:
    """The Dockerfile has the argument that the composition sets, and installs an extra that exists."""
    image = Dockerfile.parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    (install,) = [run.value for run in image.all("RUN") if "pip install" in run.value]

    assert {"context": ".", "args": {"SCALE": "true"}} == SERVICES["lake-1"]["build"]
    assert ["SCALE=false"] == [argument.value for argument in image.all("ARG")]
    assert """if [ "$SCALE" = true ]; then""" in install
    assert "'.[collector,scale]'" in install
    assert "scale" in pyproject()["project"]["optional-dependencies"]


def test_the_collectors_find_the_catalog() -> None:
    """Host, user, database and password are those that PostgreSQL was made with."""
    catalog, given = SERVICES["catalog"], SERVICES["lake-1"]["environment"]
    kind, _, dsn = given["TOKENLAKE_DB"].partition("ducklake:postgres:")

    assert ("", "dbname=tokenlake host=catalog user=tokenlake") == (kind, dsn)
    assert "tokenlake" == catalog["environment"]["POSTGRES_USER"]
    assert given["PGPASSWORD"] == catalog["environment"]["POSTGRES_PASSWORD"]


def test_the_collectors_find_the_store() -> None:
    """Endpoint, keys and bucket are those that the store has."""
    store, given = SERVICES["store"]["environment"], SERVICES["lake-1"]["environment"]
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")

    assert f"s3://{store['S3_BUCKET']}/usage/" == given["TOKENLAKE_DATA_PATH"]
    assert "http://store:8333" == given["AWS_ENDPOINT_URL_S3"]
    assert [store[key] for key in keys] == [given[key] for key in keys]


def test_every_part_waits_until_the_one_below_is_healthy() -> None:
    """The balancer waits for the collectors, these for catalog and store; each has a check of its own."""
    healthy = {"condition": "service_healthy"}

    assert dict.fromkeys(COLLECTORS, healthy) == SERVICES["balancer"]["depends_on"]
    assert dict.fromkeys(["catalog", "store"], healthy) == SERVICES["lake-1"]["depends_on"]
    assert [] == [name for name, service in SCALE.items() if "CMD" != service["healthcheck"]["test"][0]]


def test_a_collector_is_healthy_when_it_can_commit() -> None:
    """The check asks /readyz, and stopping waits longer than --shutdown-s."""
    collector = SERVICES["lake-1"]

    assert "http://127.0.0.1:4318/readyz" in collector["healthcheck"]["test"][-1]
    assert float(default("TOKENLAKE_SHUTDOWN_S", "--shutdown-s")) < float(
        collector["stop_grace_period"].removesuffix("s")
    )


def test_only_the_balancer_is_published_and_on_loopback() -> None:
    """Neither catalog nor store nor a collector can be reached from outside the composition."""
    published = {name: service["ports"] for name, service in SCALE.items() if "ports" in service}

    assert ["balancer"] == list(published)
    assert [("127.0.0.1", "4317", "4317"), ("127.0.0.1", "4318", "4318")] == [
        tuple(port.split(":")) for port in published["balancer"]
    ]


def test_what_has_to_last_is_in_volumes() -> None:
    """Catalog and data files outlive their containers."""
    mounts = {name: SERVICES[name]["volumes"] for name in ("catalog", "store")}

    assert {"catalog": ["catalog:/var/lib/postgresql"], "store": ["store:/data"]} == mounts
    assert {"ledger", "catalog", "store"} == composition()["volumes"].keys()


def test_the_balancer_reads_our_configuration() -> None:
    """The folder that is mounted has the file under the name that the image looks for."""
    here, there, mode = SERVICES["balancer"]["volumes"][0].split(":")

    assert CONFIGURATION == ROOT / here / "haproxy.cfg"
    assert ("/usr/local/etc/haproxy", "ro") == (there, mode)


def test_the_balancer_knows_the_collectors_of_the_composition() -> None:
    """Both backends have the collectors by name, each on the port that it listens on."""
    servers = re.findall(r"^ +server \S+ ([\w-]+):(\d+)", CONFIGURATION.read_text("utf-8"), re.MULTILINE)
    command = SERVICES["lake-1"]["command"]
    ports = [command[command.index(name) + 1].rpartition(":")[2] for name in ("--http", "--grpc")]

    assert [(name, port) for port in ports for name in COLLECTORS] == servers
