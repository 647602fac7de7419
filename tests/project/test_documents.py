"""The documents are true: what they name exists, what exists is in them, and what they show runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import duckdb
import pytest

from harness.captures import case
from harness.command_line import NAME, Setting, calls_in, commands, complaint, settings
from harness.markdown import Block, Document
from harness.public_names import public_names
from harness.repository import PACKAGES, ROOT, files, normalized, pyproject, relative
from harness.table import store
from tokenlake_collector.storage.ledger import Ledger

DOCUMENTS = {relative(path): Document.read(path) for path in files() if path.suffix == ".md"}
OWN = {name: document for name, document in DOCUMENTS.items() if not name.startswith("tests/data/")}
SHELL = {"sh", "bash", "shell", "console"}


def code_blocks(languages: set[str]) -> list[tuple[str, Block]]:
    return [
        (f"{name}:{block.line}", block)
        for name, document in OWN.items()
        for block in document.blocks
        if block.language in languages
    ]


SQL_BLOCKS = code_blocks({"sql"})


def read(name: str) -> Document:
    return Document.read(ROOT / name)


def test_every_command_and_every_setting_is_documented_and_real() -> None:
    """docs/commands.md has each option of each command with its variable and default, and no other."""
    documented = {
        Setting(title, option, variable, default)
        for title, rows in read("docs/commands.md").tables.items()
        for options, variable, default, _ in rows
        for option in options.split(", ")
    }

    assert sorted(settings()) == sorted(documented)


def test_every_setting_has_a_sentence() -> None:
    """No meaning is left empty."""
    tables = read("docs/commands.md").tables

    assert [] == [row for rows in tables.values() for row in rows if len(row[3].split()) < 2]


def test_every_command_has_a_section_with_an_example() -> None:
    """Each command is a heading, and a shell block calls it."""
    document = read("docs/commands.md")
    examples = [call for block in document.blocks for call in calls_in(block.text)]
    called = {f"{NAME} {call[0]}" for call in examples if call}

    assert [] == [name for name in commands() if name not in document.tables]
    assert [] == [name for name in commands()[1:] if name not in called]


def test_commands_in_shell_blocks_are_accepted_by_the_real_parser() -> None:
    """What a reader pastes has commands, options and values that exist."""
    calls = [(place, call) for place, block in code_blocks(SHELL) for call in calls_in(block.text)]

    assert [] != calls
    assert [] == [(place, complaint(call)) for place, call in calls if complaint(call)]


def test_commands_in_the_text_exist() -> None:
    """`tokenlake something` between backticks names a command, and its options are that command's."""
    known = {name: {one.option for one in settings() if one.command == name} for name in commands()}
    wrong = []
    for place, document in OWN.items():
        for span in document.spans:
            words = span.split()
            if len(words) < 2 or words[0] != NAME:
                continue
            command = NAME if words[1].startswith("-") else f"{NAME} {words[1]}"
            options = {word.partition("=")[0] for word in words if word.startswith("--")} - {"--help"}
            if not options <= known.get(command, set()) or command not in known:
                wrong.append((place, span))

    assert [] == wrong


def test_every_dependency_has_its_reason() -> None:
    """docs/dependencies.md and pyproject.toml name the same packages, all extras included."""
    project = pyproject()["project"]
    required = chain(project["dependencies"], *project["optional-dependencies"].values())
    rows = [row for table in read("docs/dependencies.md").tables.values() for row in table]

    expected = {normalized(requirement) for requirement in required} - {project["name"]}

    assert expected == {normalized(name) for row in rows for name in row[0].split(", ")}
    assert [] == [row for row in rows if not row[-1]]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_relative_link_leads_to_a_file(name: str) -> None:
    """Links inside the repository end at what is there, down to the heading."""
    broken = []
    for link in DOCUMENTS[name].links:
        place, _, anchor = link.partition("#")
        target = (ROOT / name).parent / place if place else ROOT / name
        if re.match(r"[a-z]+:", link):
            continue
        if not target.exists() or (anchor and anchor not in Document.read(target).anchors):
            broken.append(link)

    assert [] == broken


def test_every_path_in_backticks_exists() -> None:
    """A file or folder that the documents name from the top of the repository is there."""
    tops = {path.relative_to(ROOT).parts[0] for path in files() if path.parent != ROOT}
    spans = [(name, span) for name, document in OWN.items() for span in document.spans]
    paths = [
        (name, span)
        for name, span in spans
        if re.fullmatch(rf"({'|'.join(map(re.escape, tops))})/[\w./-]*", span)
    ]

    assert [] != paths
    assert [] == [(name, span) for name, span in paths if not (ROOT / span).exists()]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_named_make_target_exists(name: str) -> None:
    """`make something`, in a block or between backticks, is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    document = read(name)
    code = "\n".join([*document.spans, *(block.text for block in document.blocks)])
    named = {
        target
        for words in re.findall(r"^make((?: [a-z][\w-]*)+)", code, re.MULTILINE)
        for target in words.split()
    }

    assert set() != named
    assert set() == named - targets


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """A ledger with what three instrumentations sent."""
    opened = Ledger.open(":memory:")
    for name in ("genai-anthropic", "openai-v2", "openinference-langchain"):
        store(opened, case(name).traces)
    yield opened
    opened.close()


def test_the_readme_shows_sql() -> None:
    """There is something for the next test to run."""
    assert [] != [place for place, _ in SQL_BLOCKS if place.startswith("README.md:")]


@pytest.mark.parametrize(("place", "block"), SQL_BLOCKS, ids=[place for place, _ in SQL_BLOCKS])
def test_shown_sql_runs(place: str, block: Block, ledger: Ledger) -> None:
    """Each statement of a block runs against a ledger with recorded traffic; nothing of it stays."""
    statements = duckdb.extract_statements(block.text)

    assert [] != statements
    with ledger.cursor() as cursor:
        cursor.begin()
        for statement in statements:
            cursor.execute(statement).fetchall()
        cursor.rollback()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_says_what_it_is(package: str) -> None:
    """All of `__all__` has a docstring."""
    documented = public_names(package, PACKAGES[package])

    assert [] == [name for name, text in documented.items() if not text]


def test_the_changelog_has_this_version() -> None:
    """What is about to be released has its entry."""
    version = re.escape(pyproject()["project"]["version"])

    assert re.search(rf"^## \[?{version}\b", read("CHANGELOG.md").text, re.MULTILINE)


def test_a_document_is_read_as_people_read_it(tmp_path: Path) -> None:
    """Links in code are none, a table's head is no row, a block has its language and its line."""
    path = tmp_path / "some.md"
    path.write_text(
        "# A `b`, c\n\n[x](y.md#z) `[n](o)`\n\n```sh\n[p](q)\n```\n\n| H | I |\n|---|---|\n| `a \\| b` | |\n"
    )
    document = Document.read(path)

    assert ["y.md#z"] == document.links
    assert [Block("sh", "[p](q)\n", 5)] == document.blocks
    assert {"A b, c": [["a | b", ""]]} == document.tables
    assert {"a-b-c"} == document.anchors


def test_calls_are_found_in_shell_text() -> None:
    """Prompts, variables, pipelines, continued lines and comments; words that begin alike are no calls."""
    script = """$ A=b tokenlake x --y 'p q' | cat
tokenlake z \\
    --w  # why
pip install tokenlake
tokenlake-agent v
"""

    assert [["x", "--y", "p q"], ["z", "--w"]] == calls_in(script)
