"""What is shipped: the wheel's content, and the base install, which has no collector and no DuckDB."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from harness.repository import PACKAGES, ROOT, package_files, pyproject
from harness.wheel import Environment, base_environment, build_wheel

# pip makes an environment and fetches the base dependencies from its index.
pytestmark = pytest.mark.timeout(120)

VERSION = pyproject()["project"]["version"]
CAPTURES = ROOT / "tests" / "data" / "captures"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def base(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with nothing but `pip install tokenlake`."""
    return base_environment(tmp_path_factory.mktemp("base") / "venv", wheel)


@pytest.fixture(scope="session")
def content(wheel: Path) -> dict[str, bytes]:
    """The files of the wheel by name; the metadata's folder is shortened to `dist-info`."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            re.sub(r"^[^/]+\.dist-info/", "dist-info/", name): archive.read(name)
            for name in archive.namelist()
        }


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_holds_the_package_with_its_data_and_types(package: str, content: dict[str, bytes]) -> None:
    """Every file of the package is inside, .sql, .csv and py.typed too, as it is in the checkout."""
    expected = {
        f"{package}/{path.relative_to(PACKAGES[package]).as_posix()}": path.read_bytes()
        for path in package_files(package)
    }

    assert f"{package}/py.typed" in expected
    assert expected == {name: content.get(name) for name in expected}


def test_the_wheel_holds_the_recordings_of_the_demo(content: dict[str, bytes]) -> None:
    """`tokenlake demo` finds its traffic in an installed package."""
    target = "tokenlake_collector/demo/captures"
    expected = {
        f"{target}/{path.relative_to(CAPTURES).as_posix()}" for path in CAPTURES.rglob("*") if path.is_file()
    }

    assert expected == {name for name in content if name.startswith(f"{target}/")}


def test_the_wheel_holds_nothing_else(content: dict[str, bytes]) -> None:
    """Three packages, the dashboard's files and the metadata; no tests, no caches."""
    tops = {name.partition("/")[0] for name in content}
    known = {".py", ".typed", ".sql", ".csv", ".html", ".css", ".js", ".svg"}
    strange = [
        name
        for name in content
        if not name.startswith(("dist-info/", "tokenlake_collector/demo/captures/"))
        and Path(name).suffix not in known
    ]

    assert {*PACKAGES, "dist-info"} == tops
    assert [] == strange


def test_the_wheel_holds_the_license(content: dict[str, bytes]) -> None:
    """The license travels with the package, word for word."""
    expected = (ROOT / "LICENSE").read_bytes()

    assert expected == content["dist-info/licenses/LICENSE"]


def test_the_wheel_declares_the_console_and_its_commands(content: dict[str, bytes]) -> None:
    """The script belongs to the base; the collector's commands are found through their entry point."""
    declared = content["dist-info/entry_points.txt"].decode().split("\n")

    assert [] == [
        line
        for line in (
            "[console_scripts]",
            "tokenlake = tokenlake.console:main",
            "[tokenlake.console]",
            "collector = tokenlake_collector.cli.app:main",
        )
        if line not in declared
    ]


def test_the_exporter_imports_alone_and_without_grpc(base: Environment) -> None:
    """`import tokenlake` needs the base install only; grpc, which comes with OpenTelemetry, is not loaded."""
    program = "import sys, tokenlake; print(tokenlake.__version__, 'grpc' in sys.modules)"

    assert f"{VERSION} False\n" == base.succeed("python", "-W", "error", "-c", program)


@pytest.mark.parametrize("module", ["duckdb", "fastapi", "uvicorn", "pyarrow", "ptars", "typer"])
def test_the_base_install_has_nothing_of_the_collector(module: str, base: Environment) -> None:
    """An agent does not get a database or a web server."""
    program = f"from importlib.util import find_spec; print(find_spec('{module}'))"

    assert "None\n" == base.succeed("python", "-c", program)


def test_the_version_is_told(base: Environment) -> None:
    """`tokenlake --version` prints the version of pyproject.toml."""
    assert f"tokenlake {VERSION}\n" == base.succeed("tokenlake", "--version")


def test_a_command_says_what_to_install(base: Environment) -> None:
    """`tokenlake serve` ends with 2 and one line on stderr that can be pasted."""
    finished = base.run("tokenlake", "serve")

    assert (2, "", 1) == (finished.returncode, finished.stdout, len(finished.stderr.splitlines()))
    assert "pip install 'tokenlake[collector]'" in finished.stderr


def test_a_file_as_target_says_what_to_install(base: Environment) -> None:
    """Embedded mode is found in the base install, and names the extra that it needs."""
    finished = base.run("python", "-c", "import tokenlake; tokenlake.init_token_tracking('usage.duckdb')")
    last = finished.stderr.splitlines()[-1]

    assert 1 == finished.returncode
    assert "EmbeddedModeError: a file as target needs the collector" in last
    assert "pip install 'tokenlake[collector]'" in last


def test_the_queries_say_what_to_install(base: Environment) -> None:
    """`import tokenlake_queries` names the extra that it needs."""
    finished = base.run("python", "-c", "import tokenlake_queries")
    last = finished.stderr.splitlines()[-1]

    assert 1 == finished.returncode
    assert "ImportError: tokenlake_queries needs DuckDB: pip install 'tokenlake[queries]'" == last
