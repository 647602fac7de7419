import importlib.metadata
import os
import sys
from pathlib import Path
from subprocess import CompletedProcess

from harness.python_process import run_python

COMMANDS = """
import sys
import typer

def main() -> None:
    if sys.argv[1] == "broken":
        import missing_later
    print("commands:", *sys.argv[1:])
"""


def run_console(stubs: Path, typer: str, *arguments: str) -> CompletedProcess[str]:
    """Run the console script with stand-ins for the collector's commands and for typer."""
    package = stubs / "tokenlake_collector" / "cli"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "app.py").write_text(COMMANDS)
    (stubs / "typer.py").write_text(typer)
    paths = [str(stubs), *filter(None, [os.environ.get("PYTHONPATH")])]
    program = "from tokenlake.console import main; main()"
    return run_python(program, *arguments, environ={"PYTHONPATH": os.pathsep.join(paths)})


MISSING = """raise ModuleNotFoundError("No module named 'typer'", name="typer")"""


def test_without_the_collector_a_command_says_what_to_install(tmp_path: Path) -> None:
    """One line on stderr names the extra and what is missing; the exit status is 2."""
    finished = run_console(tmp_path, MISSING, "summary")

    expected = (
        "tokenlake: this command needs the collector: "
        "pip install 'tokenlake[collector]' (No module named 'typer')\n"
    )

    assert (2, "", expected) == (finished.returncode, finished.stdout, finished.stderr)


def test_without_the_collector_the_version_is_still_told(tmp_path: Path) -> None:
    """`tokenlake --version` needs the base install alone."""
    finished = run_console(tmp_path, MISSING, "--version")

    assert (0, f"tokenlake {importlib.metadata.version('tokenlake')}\n", "") == (
        finished.returncode,
        finished.stdout,
        finished.stderr,
    )


def test_without_the_collector_programs_run_with_tracking(tmp_path: Path) -> None:
    """`tokenlake run` needs the base install alone, and does not even look for the collector."""
    finished = run_console(tmp_path, MISSING, "run", "--", sys.executable, "-c", "print('agent')")

    expected = (0, "agent\n", "")

    assert expected == (finished.returncode, finished.stdout, finished.stderr)


def test_with_the_collector_its_commands_run(tmp_path: Path) -> None:
    """The entry point of the collector gets the command line."""
    finished = run_console(tmp_path, "", "summary", "--json")

    expected = (0, "commands: summary --json\n", "")

    assert expected == (finished.returncode, finished.stdout, finished.stderr)


def test_an_import_error_of_a_running_command_is_its_own(tmp_path: Path) -> None:
    """Only loading is covered by the advice: what a command raises later is shown as it is."""
    finished = run_console(tmp_path, "", "broken")

    expected = 1

    assert expected == finished.returncode
    assert "ModuleNotFoundError: No module named 'missing_later'" in finished.stderr
    assert "pip install" not in finished.stderr
