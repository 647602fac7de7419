"""The image and the composition, read as text: no engine is needed to see that they name what exists."""

from __future__ import annotations

import ast
import ipaddress
from typing import Any

import pytest
import yaml

from harness.command_line import complaint
from harness.dockerfile import INSTRUCTIONS, Dockerfile, Instruction, is_ignored
from harness.repository import PACKAGES, ROOT, files, pyproject, relative

IMAGE = Dockerfile.parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))
IGNORE = (ROOT / ".dockerignore").read_text(encoding="utf-8")
COMPOSITION: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
# What starts without a profile; the profile `scale` has tests of its own in tests/deploy.
SERVICES: dict[str, dict[str, Any]] = {
    name: service for name, service in COMPOSITION["services"].items() if "profiles" not in service
}


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


def in_context(path: str) -> bool:
    """Tell whether a path of the repository reaches the builder and is copied by it."""
    copied = any(path == source or path.startswith(f"{source}/") for source in IMAGE.sources)
    return copied and not is_ignored(path, IGNORE)


def test_every_line_is_an_instruction() -> None:
    """The Dockerfile begins with a base image and knows only instructions that builders know."""
    names = [instruction.name for instruction in IMAGE.instructions]

    assert "FROM" == names[0]
    assert set() == set(names) - INSTRUCTIONS


def test_what_is_copied_exists_and_reaches_the_builder() -> None:
    """No COPY names a path that is missing or that .dockerignore keeps out."""
    sources = IMAGE.sources

    assert [] != sources
    assert [] == [source for source in sources if not (ROOT / source).exists() or is_ignored(source, IGNORE)]


def test_the_builder_gets_all_that_the_wheel_is_made_of() -> None:
    """Packages, forced files, readme, license, pyproject and constraints are all copied, to the last file."""
    project, build = pyproject()["project"], pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]
    folders = [relative(folder) for folder in PACKAGES.values()] + list(build.get("force-include", {}))
    needed = [
        relative(path) for path in files() if relative(path).startswith(tuple(f"{f}/" for f in folders))
    ]
    single = ["pyproject.toml", "constraints.txt", project["readme"], *project["license-files"]]

    assert [] == [path for path in needed + single if not in_context(path)]


def test_other_stages_are_real() -> None:
    """What is copied from a stage has a stage of that name before it."""
    stages = {image.words[2] for image in IMAGE.all("FROM") if "AS" in image.words}
    wanted = {flag.removeprefix("--from=") for copy in IMAGE.all("COPY") for flag in copy.flags}

    assert {"build"} == wanted == stages


def test_the_base_image_has_a_python_that_the_project_supports() -> None:
    """All stages are of one slim Python, which a classifier names."""
    (base,) = {image.words[0] for image in IMAGE.all("FROM")}
    version = base.removeprefix("python:").removesuffix("-slim")

    assert f"python:{version}-slim" == base
    assert f"Programming Language :: Python :: {version}" in pyproject()["project"]["classifiers"]


def test_the_collector_is_installed_with_the_pinned_versions() -> None:
    """The image has the versions that were tested."""
    installs = [run.value for run in IMAGE.all("RUN") if "pip install" in run.value]

    assert 1 == len(installs)
    assert "-c constraints.txt '.[collector]'" in installs[0]
    assert "collector" in pyproject()["project"]["optional-dependencies"]


def test_the_collector_does_not_run_as_root() -> None:
    """A user that the image makes itself, who owns the folder of the ledger."""
    user = IMAGE.last("USER").words[0]
    made = " ".join(run.value for run in IMAGE.all("RUN"))

    assert user not in {"root", "0"}
    assert f"--no-create-home {user}" in made
    assert f"--owner={user} --group={user} /data" in made


def test_the_image_keeps_its_ledger_in_the_volume_and_listens_on_the_exposed_ports() -> None:
    """The default command is a real one, and its paths and ports are those that the image declares."""
    command = IMAGE.last("CMD").words
    ports = [option(command, name).rpartition(":")[2] for name in ("--grpc", "--http")]

    assert ["tokenlake"] == IMAGE.last("ENTRYPOINT").words
    assert "" == complaint(command)
    assert ["/data"] == IMAGE.last("VOLUME").words
    assert "/data/usage.duckdb" == option(command, "--db")
    assert ports == IMAGE.last("EXPOSE").words
    assert [] == [name for name in ("--grpc", "--http") if not option(command, name).startswith("0.0.0.0:")]


def test_the_health_check_is_python_and_asks_the_http_port() -> None:
    """A slim image has no curl; the check asks /healthz where the default command listens."""
    python, dash_c, program = IMAGE.last("HEALTHCHECK").words
    port = option(IMAGE.last("CMD").words, "--http").rpartition(":")[2]

    assert ("python", "-c") == (python, dash_c)
    assert f"http://127.0.0.1:{port}/healthz" in {
        node.value for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Constant)
    }


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_built_from_this_repository(name: str) -> None:
    """Both services are the one image, built from the Dockerfile at the top."""
    service = SERVICES[name]

    assert (".", "tokenlake") == (service["build"], service["image"])


def test_every_published_port_is_on_loopback() -> None:
    """Nothing of the composition can be reached from another machine."""
    published = [port.split(":") for service in SERVICES.values() for port in service.get("ports", [])]

    assert [] != published
    assert [] == [
        port for port in published if len(port) != 3 or not ipaddress.ip_address(port[0]).is_loopback
    ]


def test_the_composed_collector_is_a_real_command_on_the_published_ports() -> None:
    """Its options exist, and what it listens on is what is published."""
    collector = SERVICES["collector"]
    command = collector["command"]
    inner = {port.split(":")[2] for port in collector["ports"]}

    assert "" == complaint(command)
    assert {option(command, name).rpartition(":")[2] for name in ("--grpc", "--http")} == inner


def test_the_composed_collector_needs_a_token_that_the_agent_has() -> None:
    """It comes from the environment of whoever starts it, without a default; none is in image or file."""
    collector, agent = SERVICES["collector"]["environment"], SERVICES["agent"]["environment"]
    token = collector["TOKENLAKE_INGEST_TOKEN"]

    assert token.startswith("${TOKENLAKE_INGEST_TOKEN:?")
    assert f"authorization=Bearer%20{token}" == agent["OTEL_EXPORTER_OTLP_HEADERS"]
    assert "${TOKENLAKE_READ_TOKEN:-}" == collector["TOKENLAKE_READ_TOKEN"]
    assert "--insecure" not in SERVICES["collector"]["command"] + IMAGE.last("CMD").words
    assert [] == [env.value for env in IMAGE.all("ENV") if "TOKENLAKE" in env.value]


def test_the_composed_collector_keeps_its_ledger() -> None:
    """The ledger lies in a named volume, survives a restart, and has the time to be closed."""
    collector = SERVICES["collector"]
    volume, _, place = collector["volumes"][0].partition(":")

    assert volume in COMPOSITION["volumes"]
    assert option(collector["command"], "--db").startswith(f"{place}/")
    assert "unless-stopped" == collector["restart"]
    assert 10 < int(collector["stop_grace_period"].removesuffix("s"))


def test_the_agent_runs_the_example_when_the_collector_is_healthy() -> None:
    """The script exists and is mounted; it reports to the collector's HTTP port."""
    agent, collector = SERVICES["agent"], SERVICES["collector"]
    here, there = agent["volumes"][0].split(":")[:2]
    python, script = agent["entrypoint"]
    port = option(collector["command"], "--http").rpartition(":")[2]

    assert "python" == python
    assert (ROOT / here / script.removeprefix(f"{there}/")).is_file()
    assert [f"http://collector:{port}"] == agent["command"]
    assert {"collector": {"condition": "service_healthy"}} == agent["depends_on"]


def test_every_path_of_the_composition_exists() -> None:
    """Build contexts and mounted folders are in the repository."""
    mounts = [
        mount.partition(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])
    ]
    paths = [mount for mount in mounts if mount.startswith(".")] + [s["build"] for s in SERVICES.values()]

    assert [] == [path for path in paths if not (ROOT / path).is_dir()]


@pytest.mark.parametrize(
    ("path", "patterns", "ignored"),
    [
        ("a", "", False),
        ("a/b.py", "a", True),
        ("a/b.py", "*\n!a", False),
        ("c/b.py", "*\n!a", True),
        ("a/x/__pycache__/b.pyc", "*\n!a\n**/__pycache__", True),
        ("__pycache__/b.pyc", "**/__pycache__", True),
        ("a/b/c.txt", "*\n!a/b", False),
        ("a/b/c.txt", "# a\n*.txt", False),
        ("c.txt", "*.txt", True),
    ],
)
def test_ignoring_is_read_as_builders_read_it(path: str, patterns: str, ignored: bool) -> None:
    """The last matching line decides, an exclamation mark keeps, and a folder stands for all in it."""
    assert ignored == is_ignored(path, patterns)


def test_instructions_are_read_as_builders_read_them() -> None:
    """Continued lines are one, comments inside them are none, flags are no arguments."""
    text = """# a comment
RUN one \\
# inside
    && two
COPY --from=x /a /b
HEALTHCHECK --timeout=3s \\
    CMD ["p", "q r"]
"""
    image = Dockerfile.parse(text)

    assert [Instruction("RUN", "one && two")] == image.all("RUN")
    assert ["/a", "/b"] == image.last("COPY").words
    assert ["p", "q r"] == image.last("HEALTHCHECK").words
    assert [] == image.sources
