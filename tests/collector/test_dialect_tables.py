"""The dialect tables are sound."""

from collections import Counter
from importlib.resources import files

import pytest

from tokenlake_collector.dialects.columns import EXTRA, TOKEN_COLUMNS, Reading, reading
from tokenlake_collector.dialects.slots import DIALECT, ROLE, role_attributes, slots, token_slot, vocabularies
from tokenlake_collector.dialects.tables import Place, Role, aliases, providers, recognitions, role_rules
from tokenlake_collector.flatten.kinds import STANDARD
from tokenlake_collector.flatten.rows import ROW_SCHEMA

TABLES = ("attributes", "dialects", "providers", "roles")
INTERMEDIATE = {"server_address", EXTRA}
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
    places = Counter((alias.column, alias.attribute, alias.place) for alias in aliases())

    assert [] == [place for place, times in places.items() if times > 1]


def test_every_column_of_an_alias_is_one_of_a_row() -> None:
    """A misspelt column would be read and thrown away."""
    assert set() == {alias.column for alias in aliases()} - set(ROW_SCHEMA.names) - INTERMEDIATE


def test_token_counts_and_only_they_have_a_vocabulary() -> None:
    """C1: one vocabulary is read per record."""
    assert [] == [alias for alias in aliases() if bool(alias.vocabulary) != (alias.column in TOKEN_COLUMNS)]


def test_every_vocabulary_has_input_and_output() -> None:
    """C1: a vocabulary without them could never be chosen."""
    filled = {(alias.vocabulary, alias.column) for alias in aliases()}

    assert set() == {(v, column) for v in vocabularies() for column in TOKEN_COLUMNS[:2]} - filled


def test_columns_are_read_as_their_type_asks() -> None:
    """Numbers as counts or amounts, all else as text."""
    columns = {alias.column for alias in aliases()} - INTERMEDIATE
    numbers = {column for column in columns if str(ROW_SCHEMA.field(column).type) in NUMBERS}

    assert numbers == {column for column in columns if reading(column) is not Reading.TEXT}


def test_every_role_rule_has_one_verdict() -> None:
    """C4: an attribute's value stands once, whatever its case; `*` comes last."""
    rules = Counter((rule.attribute, rule.value) for rule in role_rules())
    last = {rule.attribute: rule.value for rule in role_rules()}

    assert [] == [rule for rule, times in rules.items() if times > 1]
    assert [] == [rule for rule in role_rules() if rule.value == "*" and last[rule.attribute] != "*"]
    assert set(Role) == {rule.role for rule in role_rules()}


def test_every_attribute_that_names_an_operation_is_one_that_tells_a_role() -> None:
    """C10: a normalised spelling is of use only where the operation is read."""
    operations = {alias.attribute for alias in aliases() if alias.column == "operation_type"}

    assert set() == {rule.attribute for rule in role_rules() if rule.operation} - operations


def test_every_recognition_can_be_seen() -> None:
    """C1: by scope or by attribute; a marker has no wildcard; the standard is no row."""
    assert {"scope", "attribute"} == {sign.by for sign in recognitions()}
    assert [] == [sign for sign in recognitions() if sign.by == "attribute" and "*" in sign.pattern]
    assert STANDARD not in {sign.dialect for sign in recognitions()}


def test_provider_names_lead_to_todays_name_at_once() -> None:
    """No spelling leads to another spelling, nor to itself."""
    assert set() == set(providers()) & set(providers().values())


@pytest.mark.parametrize("place", Place)
def test_every_attribute_has_its_slot(place: Place) -> None:
    """The compiled table finds each alias under its key, in the table's order."""
    compiled = slots(place)
    for alias in (alias for alias in aliases() if alias.place is place and alias.column != EXTRA):
        name = token_slot(alias.vocabulary, alias.column) if alias.vocabulary else alias.column

        assert compiled.index(name) in compiled.slot[:, compiled.keys.index(alias.attribute).as_py()]


def test_markers_and_role_attributes_have_slots() -> None:
    """An attribute may fill several slots: a column, the dialect and a role."""
    compiled = slots(Place.SPAN)
    kind = compiled.slot[:, compiled.keys.index("openinference.span.kind").as_py()].tolist()
    wanted = {"operation_type", DIALECT, ROLE + "openinference.span.kind"}

    assert wanted == {compiled.names[slot] for slot in kind if slot >= 0}
    assert {"llm.request.type", "openinference.span.kind", "gen_ai.operation.name"} < set(role_attributes())
