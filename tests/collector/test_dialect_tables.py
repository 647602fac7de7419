"""The dialect tables are sound."""

from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from tokenlake_collector.dialects.columns import (
    EXTRA,
    PART_COLUMNS,
    TOKEN_COLUMNS,
    VOCABULARY_COLUMNS,
    Reading,
    reading,
)
from tokenlake_collector.dialects.document import document
from tokenlake_collector.dialects.habits import Habits, inclusions, reasonings, totals
from tokenlake_collector.dialects.slots import (
    DIALECT,
    ROLE,
    own_slots,
    role_attributes,
    slots,
    token_slot,
    vocabularies,
)
from tokenlake_collector.dialects.sources import sources
from tokenlake_collector.dialects.tables import (
    ANY,
    SPAN_NAME,
    Place,
    Role,
    aliases,
    providers,
    recognitions,
    role_rules,
)
from tokenlake_collector.dialects.versions import parse
from tokenlake_collector.flatten.inclusion import Step
from tokenlake_collector.flatten.recognition import STANDARD
from tokenlake_collector.flatten.rows import ROW_SCHEMA

TABLES = ("attributes", "dialects", "providers", "roles", "inclusion", "totals", "reasoning", "sources")
EVIDENCE = {*VOCABULARY_COLUMNS, *PART_COLUMNS} - set(TOKEN_COLUMNS)
INTERMEDIATE = {"server_address", "output_id", "log_bridge", "reported_cost_micros", EXTRA, *EVIDENCE}
RAW_COPIES = "raw"
DIALECTS = {STANDARD, *(sign.dialect for sign in recognitions())}
NUMBERS = {"int32", "int64", "double"}


def _lines(table: str) -> list[str]:
    path = files("tokenlake_collector.dialects").joinpath(f"{table}.csv")
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("table", TABLES)
def test_comments_stand_at_the_top_and_every_row_is_full(table: str) -> None:
    """A comment explains the table; below it each line has as many cells as the heading, without spaces."""
    lines = _lines(table)
    rows = [line for line in lines if not line.startswith("#")]

    assert lines[0].startswith("# ")
    assert rows == lines[len(lines) - len(rows) :]
    assert [] == [row for row in rows if row.count(",") != rows[0].count(",") or row != row.strip()]
    assert [] == [cell for row in rows for cell in row.split(",") if cell != cell.strip()]


@pytest.mark.parametrize("table", TABLES)
def test_no_row_stands_twice(table: str) -> None:
    """A second copy would have no effect and mislead its reader."""
    assert [] == [row for row, times in Counter(_lines(table)).items() if times > 1]


def test_an_attribute_fills_a_column_once() -> None:
    """Its rank would be unclear otherwise."""
    places = Counter((alias.column, alias.attribute, alias.place, alias.dialects) for alias in aliases())

    assert [] == [place for place, times in places.items() if times > 1]


def test_every_column_of_an_alias_is_one_of_a_row() -> None:
    """A misspelt column would be read and thrown away."""
    assert set() == {alias.column for alias in aliases()} - set(ROW_SCHEMA.names) - INTERMEDIATE


def test_token_counts_and_only_they_have_a_vocabulary() -> None:
    """C1: one vocabulary is read per record."""
    assert [] == [
        alias for alias in aliases() if bool(alias.vocabulary) != (alias.column in VOCABULARY_COLUMNS)
    ]


def test_all_of_a_vocabulary_is_limited_to_the_same_dialects() -> None:
    """C1: a vocabulary is read or it is not; a dialect that is named exists."""
    limits = {(alias.vocabulary, alias.dialects) for alias in aliases() if alias.vocabulary}

    assert len(vocabularies()) == len(limits)
    assert set() == {dialect for alias in aliases() for dialect in alias.dialects} - DIALECTS


def test_every_vocabulary_has_input_and_output() -> None:
    """C1: a vocabulary without them could never be chosen; raw copies only complete."""
    filled = {(alias.vocabulary, alias.column) for alias in aliases()}
    chosen = set(vocabularies()) - {RAW_COPIES}

    assert set() == {(v, column) for v in chosen for column in TOKEN_COLUMNS[:2]} - filled


def test_columns_are_read_as_their_type_asks() -> None:
    """Numbers as counts or amounts, all else as text."""
    columns = {alias.column for alias in aliases()} - INTERMEDIATE
    numbers = {column for column in columns if str(ROW_SCHEMA.field(column).type) in NUMBERS}

    assert numbers == {column for column in columns if reading(column) is not Reading.TEXT}


def test_every_role_rule_has_one_verdict() -> None:
    """C4: an attribute's value stands once, whatever its case; `*` comes last."""
    rules = Counter((rule.dialect, rule.attribute, rule.value) for rule in role_rules())
    last = {rule.attribute: rule.value for rule in role_rules()}

    assert [] == [rule for rule, times in rules.items() if times > 1]
    assert [] == [rule for rule in role_rules() if rule.value == "*" and last[rule.attribute] != "*"]
    assert set(Role) == {rule.role for rule in role_rules()}


def test_names_of_spans_tell_roles_only_within_a_dialect() -> None:
    """C4: they are common words; an attribute's values are the same for all."""
    assert [] == [rule for rule in role_rules() if (rule.attribute == SPAN_NAME) == (rule.dialect == ANY)]
    assert set() == {rule.dialect for rule in role_rules()} - DIALECTS - {ANY}


def test_every_recognition_can_be_seen() -> None:
    """C1: scopes first, then resources (`key=value`), then markers, which have no wildcard."""
    order = {"scope": 0, "service": 1, "resource": 1, "attribute": 2}
    ranks = [order[sign.by] for sign in recognitions()]

    assert sorted(ranks) == ranks
    assert set(order) == {sign.by for sign in recognitions()}
    assert [] == [sign for sign in recognitions() if sign.by == "attribute" and "*" in sign.pattern]
    assert [] == [sign for sign in recognitions() if (sign.by == "resource") != ("=" in sign.pattern)]


def test_provider_names_lead_to_todays_name_at_once() -> None:
    """No spelling leads to another spelling; all are in lower case."""
    assert [] == [name for name in providers().values() if providers().get(name, name) != name]
    assert [] == [spelling for spelling in providers() if spelling != spelling.lower()]


@pytest.mark.parametrize(
    "habits", [inclusions(), totals(), reasonings()], ids=["inclusion", "totals", "reasoning"]
)
def test_habits_are_of_known_dialects_and_none_hides_another(habits: Habits) -> None:
    """C2, C3: first match wins, so the general row of a scope comes last."""
    general: set[tuple[str, str]] = set()
    for habit in habits:
        assert (habit.dialect, habit.scope) not in general
        if (habit.span, habit.called) == (ANY, ANY):
            general.add((habit.dialect, habit.scope))

    assert set() == {habit.dialect for habit in habits} - DIALECTS - {ANY}


def test_the_words_of_the_habits() -> None:
    """C2, C3: a word that no code knows would have no effect."""
    bounds = {habit.value.removeprefix(">") for habit in inclusions()} - {"always", "never"}

    assert [] == [bound for bound in bounds if parse(bound) is None]
    assert {"sum", "provider", "gap", "thoughts", "output"} == {habit.value for habit in totals()}
    assert {"inside", "outside", "without_total"} == {habit.value for habit in reasonings()}


def test_sources_are_of_known_dialects() -> None:
    """C4: a misspelt dialect would be believed as any other."""
    assert set() == {source.dialect for source in sources()} - DIALECTS - {ANY}


@pytest.mark.parametrize("step", Step)
def test_the_page_explains_every_input_rule(step: Step) -> None:
    """C2: what stands in `input_rule` can be looked up."""
    assert f"| `{step.name.lower()}` |" in document()


@pytest.mark.parametrize("place", Place)
def test_every_attribute_has_its_slot(place: Place) -> None:
    """The compiled table finds each alias under its key, in the table's order."""
    compiled = slots(place)
    for alias in (alias for alias in aliases() if alias.place is place and alias.column != EXTRA):
        own = own_slots(alias.column)[alias.dialects[0]] if alias.dialects and not alias.vocabulary else None
        name = token_slot(alias.vocabulary, alias.column) if alias.vocabulary else own or alias.column

        assert compiled.index(name) in compiled.slot[:, compiled.keys.index(alias.attribute).as_py()]


def test_markers_and_role_attributes_have_slots() -> None:
    """An attribute may fill several slots: a column, the dialect and a role."""
    compiled = slots(Place.SPAN)
    kind = compiled.slot[:, compiled.keys.index("openinference.span.kind").as_py()].tolist()
    wanted = {"operation_type", DIALECT, ROLE + "openinference.span.kind"}

    assert wanted == {compiled.names[slot] for slot in kind if slot >= 0}
    assert {"llm.request.type", "openinference.span.kind", "gen_ai.operation.name"} < set(role_attributes())


def test_the_worked_example_is_made_of_rows() -> None:
    """CONTRIBUTING.md's new dialect has as many cells as the table, and fills columns that exist."""
    page = Path(__file__).parents[2].joinpath("CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = [line.strip() for line in page.split("```csv\n")[1].split("```")[0].splitlines() if line.strip()]
    heading = next(line for line in _lines("attributes") if not line.startswith("#"))

    assert [4] * len(rows) == [row.count(",") for row in rows] == [heading.count(",")] * len(rows)
    assert set() == {row.split(",")[0] for row in rows} - set(ROW_SCHEMA.names)
