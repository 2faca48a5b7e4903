"""What is shown for a search and an order, and the file of it: exact, and no formula for a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.figures.layer_table import COLUMNS, SCOPES, LayerTable, View, layer_table, shown, to_csv
from tests.figures.samples import resnet

GRAPH = resnet()
TABLE = layer_table(GRAPH, "Operations")
KEYS = [column.key for column in COLUMNS]


def column(table: LayerTable, key: str, view: View) -> list[object]:
    return [table.rows[number][KEYS.index(key)] for number in shown(table, view)]


def read(table: LayerTable, view: View) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(table, view), newline="")))


def test_the_natural_order_is_the_networks():
    assert list(TABLE.names) == list(GRAPH.nodes)
    assert shown(TABLE, View()) == tuple(range(len(TABLE.rows)))


def test_a_search_looks_for_all_words_in_name_kind_and_type():
    found = column(TABLE, "name", View("LAYER3.2 conv"))
    assert found and all("layer3.2" in name for name in found)
    assert "layer3.2.conv1" in found
    assert shown(TABLE, View("layer3 nonesuch")) == ()
    assert len(shown(TABLE, View("add"))) == 16


@pytest.mark.parametrize("key", ["parameters", "multiply_adds", "activation_bytes", "depth"])
def test_numbers_are_sorted_by_size(key):
    values = column(TABLE, key, View(column=key, descending=True))
    assert values == sorted(values, reverse=True)
    assert column(TABLE, key, View(column=key)) == sorted(values)


def test_sizes_are_sorted_by_their_product_and_empty_ones_come_last():
    values = list(column(TABLE, "kernel", View(column="kernel", descending=True)))
    known = [value for value in values if value is not None]
    assert known[0] == "7×7" and known[-1] == "1×1"
    assert values[len(known) :] == [None] * (len(values) - len(known))
    assert column(TABLE, "kernel", View(column="kernel"))[0] == "1×1"


def test_equal_values_keep_their_order():
    for descending in (False, True):
        found = shown(TABLE, View(column="depth", descending=descending))
        depths = [TABLE.rows[number][KEYS.index("depth")] for number in found]
        for depth in set(depths):
            same = [number for number, value in zip(found, depths, strict=True) if value == depth]
            assert same == sorted(same)


def test_an_unknown_column_is_the_natural_order():
    assert shown(TABLE, View(column="nonesuch")) == shown(TABLE, View())


@pytest.mark.parametrize("scope", SCOPES)
def test_the_file_holds_every_exact_number(scope):
    table = layer_table(GRAPH, scope)
    rows = read(table, View())
    assert list(rows[0]) == KEYS and len(rows) == len(table.rows)
    if scope == "Operations":
        assert sum(int(row["parameters"]) for row in rows) == GRAPH.parameters
        assert sum(int(row["multiply_adds"]) for row in rows) == GRAPH.macs
        assert sum(float(row["parameters_percent"]) for row in rows) == pytest.approx(100, abs=0.2)


def test_the_file_is_what_is_shown():
    view = View("conv", "parameters", True)
    assert [row["name"] for row in read(TABLE, view)] == column(TABLE, "name", view)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=12))
def test_no_cell_is_a_formula(text):
    row = (text, *TABLE.rows[1][1:])
    table = LayerTable((row,), (text,), (0,))
    (cells,) = read(table, View())
    assert cells["name"][:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert cells["name"].removeprefix("'") == text.removeprefix("'")
