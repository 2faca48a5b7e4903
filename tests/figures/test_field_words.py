"""Fields in words and colours, of hand-made records and of real networks."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from core.architectures.catalogue import get
from core.figures import operations, strip
from core.figures.descriptions import describe
from core.figures.diagram import Scale
from core.figures.field_colours import coloured_by_field
from core.figures.field_notes import note, placement
from core.figures.field_words import field_rows, field_text, seen_words, size_cell, step_cell, why_cell
from core.figures.heat import heat_colour
from core.figures.layer_table import View, layer_table, shown
from core.figures.legend import legend
from core.figures.outline import outline
from core.graph.records import UNDEFINED, ReceptiveField
from tests.figures.test_heat import colours
from tests.real_graphs import graph_of

BOX = ReceptiveField((171, 171), (16, 16), (0, 0))
GATED = ReceptiveField(
    (224, 224), (0, 0), (111.5, 111.5), "whole image", "se.pool", "squeeze-excite gate", BOX
)
NORMED = replace(GATED, cause="norm", reason="statistics of the group norm")
ALL = ReceptiveField((224, 224), (0, 0), (111.5, 111.5), "whole image", "attn", "attention")
UNEVEN = ReceptiveField(
    (28, 30), (4, 4), (0, 0), "exact", "win", "attention within windows", None, (((0, 27),), ((0, 29),))
)
NO_PLACES = replace(UNDEFINED, reason="no spatial axes are left")
UNKNOWN = replace(UNDEFINED, cause="odd", reason="the operation “odd” is not in the rule book")
VECTOR = replace(UNDEFINED, cause="input", reason="the input is no picture")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("field", "told", "spoken", "cells"),
    [
        (BOX, "171 × 171 px, one cell every 16 px", "sees 171 × 171 px", ("171×171", "16×16", None)),
        (
            GATED,
            "the whole picture: squeeze-excite gate at se.pool",
            "sees the whole picture, without gates 171 × 171 px",
            ("all 224×224", "16×16", "whole picture: squeeze-excite gate"),
        ),
        (
            ALL,
            "the whole picture: attention at attn",
            "sees the whole picture",
            ("all 224×224", None, "whole picture: attention"),
        ),
        (
            UNEVEN,
            "at most 28 × 30 px, one cell every 4 px; cells differ (attention within windows)",
            "sees at most 28 × 30 px",
            ("≤ 28×30", "4×4", "varies: attention within windows"),
        ),
        (NO_PLACES, "", "", (None, None, "none: no spatial axes are left")),
        (VECTOR, "", "", (None, None, "none: the input is no picture")),
        (
            UNKNOWN,
            "not known: the operation “odd” is not in the rule book at odd",
            "",
            (None, None, "none: the operation “odd” is not in the rule book"),
        ),
        (replace(BOX, stride=(1, 1)), "171 × 171 px, one cell a pixel", "sees 171 × 171 px", ("171×171", "1×1", None)),
        (replace(BOX, stride=(8, 0.5)), "171 × 171 px, one cell every 8 × 0.5 px", "sees 171 × 171 px",
         ("171×171", "8×0.5", None)),
    ],
)  # fmt: skip
def test_every_kind_of_field_has_its_words(field, told, spoken, cells):
    assert plain(field_text(field)) == told
    assert plain(seen_words(field)) == spoken
    assert (size_cell(field), step_cell(field), why_cell(field)) == cells


def test_what_gates_and_statistics_hide_is_told_beside():
    assert [(label, plain(value)) for label, value in field_rows(GATED)[1:]] == [
        ("Without gates", "171 × 171 px, one cell every 16 px")
    ]
    assert field_rows(NORMED)[1][0] == "Without statistics"
    assert field_rows(replace(GATED, reason="global pooling"))[1][0] == "Without that"
    assert len(field_rows(BOX)) == len(field_rows(ALL)) == len(field_rows(UNKNOWN)) == 1
    assert field_rows(NO_PLACES) == ()


def test_the_panel_tells_the_field_of_blocks_and_operations():
    graph = graph_of("resnet50")
    for name in ("layer3.2", graph.groups["layer3.2"].nodes[-1]):
        assert (
            plain(dict(describe(graph, name).rows)["Receptive field"]) == "171 × 171 px, one cell every 16 px"
        )
    for name in ("fc", "input"):
        assert "Receptive field" not in dict(describe(graph, name).rows)
    gated = dict(describe(graph_of("mobilenet_v3_small"), "features.5").rows)
    assert gated["Receptive field"].startswith("the whole picture: squeeze-excite gate")
    assert plain(gated["Without gates"]) == "127 × 127 px, one cell every 16 px"


def test_the_table_sorts_by_field_and_holds_it_for_every_row():
    graph = graph_of("mobilenet_v3_small")
    table = layer_table(graph, "Operations")
    order = shown(table, View(column="receptive_field", descending=True))
    fields = [graph.nodes[table.names[number]].receptive_field for number in order]
    areas = [field.size[0] * field.size[1] for field in fields if field.status != "undefined"]
    assert areas == sorted(areas, reverse=True) and 0 < len(areas) < len(fields)
    assert all(field.status == "undefined" for field in fields[len(areas) :])
    modules = layer_table(graph_of("resnet50"), "Modules")
    assert "427×427" in modules.rows[modules.names.index("layer4")]


def test_the_outline_tells_what_each_block_sees():
    stages = outline(graph_of("resnet50")).entries
    assert "sees 267 × 267 px" in plain(next(e.words for e in stages if e.name == "layer3"))
    assert not any("sees" in entry.words for entry in stages if entry.name == "input")


class TestPlacement:
    # Both sizes are those of tests/graph/fields/test_published.py, where gradients find them.
    @pytest.mark.parametrize(
        ("name", "here", "quoted"), [("resnet50", 427, 483), ("own/resnet50", 427, 483), ("resnet101", 971, 1027)]
    )  # fmt: skip
    def test_the_note_says_which_placement_a_size_belongs_to(self, name, here, quoted):
        graph = graph_of(name)
        found = placement(graph)
        assert found is not None
        assert (found.size, found.elsewhere) == ((here, here), (quoted, quoted))
        told = plain(note(graph, get(name)))
        assert f"sees {here:,} × {here:,} px: here" in told and f"The {quoted:,} × {quoted:,} px" in told
        assert "our own code" not in told

    def test_wide_ones_are_not_what_is_quoted(self):
        assert placement(graph_of("wide_resnet50_2")) is not None
        assert note(graph_of("wide_resnet50_2"), get("wide_resnet50_2")) == ""

    @pytest.mark.parametrize("name", ["resnet18", "resnext50_32x4d", "vgg16", "residual_mlp10", "swin_t"])
    def test_others_have_no_note(self, name):
        assert placement(graph_of(name)) is None
        assert note(graph_of(name), get(name)) == ""


class TestColours:
    def test_the_scale_runs_over_the_fields_and_grows_by_factors(self):
        graph = graph_of("resnet50")
        warm = coloured_by_field(strip(graph), graph)
        by_name = colours(warm)
        assert by_name["conv1…maxpool"] == heat_colour(0, 1)
        assert by_name["layer4"] == heat_colour(1, 1)
        scale = warm.legend[-1]
        assert isinstance(scale, Scale)
        assert plain(scale.words) == "11 to 427 px, logarithmic; the picture is 224 × 224"
        mark = warm.mark("layer3")
        assert mark is not None
        assert plain(dict(mark.rows)["Receptive field"]) == "267 × 267 px, one cell every 16 px"
        assert [one.box for one in warm.marks] == [one.box for one in strip(graph).marks]

    def test_what_sees_everything_is_off_the_scale(self):
        graph = graph_of("vit_b_16")
        warm = coloured_by_field(strip(graph), graph)
        assert "all-seen" in warm.legend and "no-field" not in warm.legend
        assert warm.svg.count(" heated all-seen") == 2  # the stage of its blocks, and the head
        assert [words for _, words in legend(warm.legend)][-2] == "sees all of the picture"

    def test_gates_are_left_out_and_the_key_says_so(self):
        graph = graph_of("mobilenet_v3_small")
        warm = coloured_by_field(strip(graph), graph)
        assert warm.legend[-1].words.endswith("; gates and statistics left out")
        inside = coloured_by_field(operations(graph, "features.5"), graph)
        assert "all-seen" in inside.legend  # the gate itself

    def test_a_net_of_vectors_has_no_field_and_no_scale(self):
        graph = graph_of("residual_mlp10")
        warm = coloured_by_field(strip(graph), graph)
        assert "no-field" in warm.legend and not any(isinstance(key, Scale) for key in warm.legend)
        assert "heated no-field" in warm.svg
        for sign, _ in legend(warm.legend):
            ET.fromstring(sign)
