"""The manifests: by Kubernetes' own schemas, and that they fit one another and the command line."""

from __future__ import annotations

from typing import Any

import kubernetes_validate
import pytest

from harness.command_line import complaint
from harness.deployment import DEPLOY, documents, is_pinned, serve_variables
from harness.dockerfile import Dockerfile
from harness.repository import ROOT

FOLDER = DEPLOY / "kubernetes"
(KUSTOMIZATION,) = documents(FOLDER / "kustomization.yaml")
OBJECTS = {
    f"{document['kind']}/{document['metadata']['name']}": document
    for name in KUSTOMIZATION["resources"]
    for document in documents(FOLDER / name)
}
DEPLOYMENT: dict[str, Any] = OBJECTS["Deployment/tokenlake"]["spec"]
POD: dict[str, Any] = DEPLOYMENT["template"]["spec"]
(COLLECTOR,) = POD["containers"]
CONFIGURATION: dict[str, str] = OBJECTS["ConfigMap/tokenlake"]["data"]
SECRETS = [
    line.partition("=")[0]
    for line in (FOLDER / "secret.env.example").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]

# The preStop pause without a program is on by default from 1.30 on.
VERSIONS = ["1.30", "1.37"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_is_valid(name: str, version: str) -> None:
    """Kubernetes' own schema accepts it in the oldest and the newest version, without unknown fields."""
    assert version == kubernetes_validate.validate(OBJECTS[name], version, strict=True)


def test_every_manifest_is_applied() -> None:
    """The kustomization names each file beside it, and each named file is there."""
    manifests = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}

    assert manifests == set(KUSTOMIZATION["resources"])


def test_every_setting_is_one_of_the_collector() -> None:
    """Option and variables exist; what is configured and what is secret do not overlap."""
    assert "" == complaint(COLLECTOR["args"])
    assert set() == {*CONFIGURATION, *SECRETS} - serve_variables()
    assert set() == CONFIGURATION.keys() & set(SECRETS)


def test_no_secret_is_in_a_manifest() -> None:
    """Tokens and keys come from a file that git ignores; its example has none."""
    (generator,) = KUSTOMIZATION["secretGenerator"]
    example = (FOLDER / "secret.env.example").read_text(encoding="utf-8")

    assert {"name": "tokenlake", "envs": ["secret.env"]} == generator
    assert "secret.env" in (FOLDER / ".gitignore").read_text(encoding="utf-8").split()
    assert [""] * 5 == [line.partition("=")[2] for line in example.splitlines() if "=" in line]
    assert [] == [name for name in OBJECTS if name.startswith("Secret/")]


def test_the_collector_reads_configuration_and_secret() -> None:
    """Both are whole environments, by the names that the kustomization gives them."""
    assert [
        {"configMapRef": {"name": "tokenlake"}},
        {"secretRef": {"name": KUSTOMIZATION["secretGenerator"][0]["name"]}},
    ] == COLLECTOR["envFrom"]


def test_the_image_is_named_once_and_pinned() -> None:
    """The kustomization replaces the image of the Deployment by one with a version."""
    (image,) = KUSTOMIZATION["images"]

    assert image["name"] == COLLECTOR["image"].partition(":")[0]
    assert is_pinned(COLLECTOR["image"])
    assert is_pinned(f"{image['newName']}:{image['newTag']}")


def test_everything_selects_the_same_pods() -> None:
    """Deployment, both Services, the budget and the spread mean the pods that the template makes."""
    labels = DEPLOYMENT["template"]["metadata"]["labels"]
    spread = POD["topologySpreadConstraints"][0]["labelSelector"]
    services = [o["spec"]["selector"] for name, o in OBJECTS.items() if name.startswith("Service/")]

    assert [labels] * 2 == services
    budget = OBJECTS["PodDisruptionBudget/tokenlake"]["spec"]["selector"]
    assert [{"matchLabels": labels}] * 3 == [DEPLOYMENT["selector"], budget, spread]


def test_ports_are_those_that_the_collector_listens_on() -> None:
    """Container ports are the configured ones, and Services name them."""
    listening = {name: CONFIGURATION[f"TOKENLAKE_{name.upper()}"] for name in ("grpc", "http")}
    services = [o["spec"]["ports"] for name, o in OBJECTS.items() if name.startswith("Service/")]
    offered = {(port["targetPort"], f"0.0.0.0:{port['port']}") for ports in services for port in ports}

    assert listening == {port["name"]: f"0.0.0.0:{port['containerPort']}" for port in COLLECTOR["ports"]}
    assert offered == set(listening.items())


def test_only_a_collector_that_can_commit_gets_traffic_and_only_a_dead_one_is_restarted() -> None:
    """Ready is /readyz; alive is /healthz, or an outage of PostgreSQL would restart every collector."""
    paths = {
        name: COLLECTOR[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "readiness", "liveness")
    }

    assert {"startup": "/healthz", "readiness": "/readyz", "liveness": "/healthz"} == paths


def test_a_pod_has_the_time_to_stop() -> None:
    """The pause before SIGTERM and --shutdown-s fit into the grace period, with five seconds to spare."""
    pause = COLLECTOR["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert pause + float(CONFIGURATION["TOKENLAKE_SHUTDOWN_S"]) + 5 < POD["terminationGracePeriodSeconds"]


def test_upgrades_and_emptied_nodes_take_one_collector_at_a_time() -> None:
    """A new one is ready before an old one goes; of three, two stay whatever an administrator does."""
    assert {"maxSurge": 1, "maxUnavailable": 0} == DEPLOYMENT["strategy"]["rollingUpdate"]
    assert 1 == OBJECTS["PodDisruptionBudget/tokenlake"]["spec"]["maxUnavailable"]
    assert DEPLOYMENT["replicas"] > 2


def test_the_collector_is_the_images_user_and_nothing_more() -> None:
    """No root, no capability, no writable image, no service account's token."""
    image = Dockerfile.parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    made = " ".join(run.value for run in image.all("RUN"))
    pod, container = POD["securityContext"], COLLECTOR["securityContext"]

    assert f"--uid {pod['runAsUser']} " in made
    assert (True, "RuntimeDefault") == (pod["runAsNonRoot"], pod["seccompProfile"]["type"])
    assert {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    } == container
    assert POD["automountServiceAccountToken"] is False


def test_a_service_gives_the_collector_no_settings() -> None:
    """Kubernetes would set TOKENLAKE_PORT and others, which look like the collector's own variables."""
    assert POD["enableServiceLinks"] is False


def test_what_is_written_has_a_place() -> None:
    """The image's home and working folder, and /tmp, are writable and bounded."""
    image = Dockerfile.parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    mounts = {mount["mountPath"]: mount["name"] for mount in COLLECTOR["volumeMounts"]}
    bounded = {volume["name"] for volume in POD["volumes"] if "sizeLimit" in volume["emptyDir"]}

    assert {"/data", "/tmp"} == mounts.keys()  # noqa: S108  # the pod's, not this machine's
    assert bounded == set(mounts.values())
    assert ["/data"] == image.last("WORKDIR").words
    assert "HOME=/data" in " ".join(variable.value for variable in image.all("ENV")).split()
