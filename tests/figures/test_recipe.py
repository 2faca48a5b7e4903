"""The form's figures and sentences: sums are conserved, the example reads as designed, clauses follow the data."""

from functools import cache

import pytest
from hypothesis import given, settings

from core.architectures import from_spec
from core.architectures.spec import NetSpec
from core.architectures.starts import KNOWN, OFFERED
from core.figures import recipe
from core.figures.recipe import Sized
from core.graph.records import Graph
from core.graph.tracing import trace
from tests.architectures.nets import example, specs


@cache
def traced(spec: NetSpec) -> Graph:
    return trace(from_spec(spec, device="meta"), spec.input_size)


def sized(title: str, spec: NetSpec) -> Sized:
    return Sized(title, traced(spec).parameters, traced(spec).macs)


def changed(spec: NetSpec, place: int, **values: object) -> NetSpec:
    stages = list(spec.stages)
    stages[place] = stages[place].model_copy(update=values)
    return NetSpec.model_validate(spec.model_copy(update={"stages": tuple(stages)}).model_dump())


RESNET18 = OFFERED["resnet18"].spec


def answer(spec: NetSpec, base: NetSpec = RESNET18, title: str = "ResNet-18") -> tuple[str, str]:
    lead, rest = recipe.answer(spec, traced(spec), base, title, sized(title, base))
    return lead.replace("\u00a0", " "), rest.replace("\u00a0", " ")


class TestRowCosts:
    def test_the_example_s_rows(self):
        costs = recipe.row_costs(example(), traced(example()))
        assert costs.stem is not None
        assert [row.parameters for row in costs.rows] == [
            9_536, 147_968, 525_568, 1_697_792, 3_643_392, 1_025_000,
        ]  # fmt: skip
        assert [row.output.replace("\u00a0", " ") for row in costs.rows[1:]] == [
            "56 × 56 × 64", "28 × 28 × 128", "14 × 14 × 512", "7 × 7 × 1024", "1000",
        ]  # fmt: skip
        assert [row.bridged for row in costs.rows] == [False, True, True, True, True, False]

    @pytest.mark.parametrize("key", OFFERED)
    def test_every_start_has_a_cost_for_every_row(self, key):
        spec = OFFERED[key].spec
        costs = recipe.row_costs(spec, traced(spec))
        assert (costs.stem is None) == (spec.stem is None)
        assert len(costs.stages) == len(spec.stages)
        for row, stage in zip(costs.stages, spec.stages, strict=True):
            assert row.output.replace("\u00a0", " ").split(" × ")[-1] == str(stage.out_width)

    @given(specs())
    @settings(max_examples=40, deadline=None)
    def test_sums_are_conserved_and_every_stage_puts_out_its_width(self, spec):
        graph = traced(spec)
        costs = recipe.row_costs(spec, graph)
        assert sum(row.parameters for row in costs.rows) == graph.parameters
        assert sum(row.macs for row in costs.rows) == graph.macs
        assert len(costs.stages) == len(spec.stages)
        for row, stage in zip(costs.stages, spec.stages, strict=True):
            assert str(stage.out_width) in row.output.replace("\u00a0", " ").split(" × ")
            assert row.bridged == (stage.has_skip and spec.shortcut != "none")


class TestAnswer:
    def test_the_example(self):
        assert answer(example()) == (
            "Twice as deep as ResNet-18, for less: 37 layers, 7.05 M parameters (60 %), "
            "1.55 G multiply-adds (85 %).",
            "Stages 3 and 4 squeeze before their 3×3; of their 5.34 M parameters the skips’ projections hold 593 k.",
        )

    def test_a_known_net_is_named(self):
        lead, _ = answer(RESNET18)
        assert lead == "This is ResNet-18: 18 layers, 11.7 M parameters, 1.81 G multiply-adds."

    def test_more_of_everything(self):
        lead, _ = answer(changed(RESNET18, 3, count=4))
        assert lead.startswith("Deeper than ResNet-18, for more: 22 layers")

    def test_neither_less_nor_more(self):
        # Many narrow blocks in place of few wide ones: fewer parameters, more multiply-adds.
        lead, _ = answer(changed(changed(RESNET18, 3, width=128), 0, count=6))
        assert lead.startswith("Deeper than ResNet-18: 26 layers")

    def test_a_stage_without_skips_is_said(self):
        lead, rest = answer(changed(RESNET18, 1, skip=False))
        assert lead.startswith("As deep as ResNet-18, for less")
        assert "Stage 2 has no skips." in rest

    def test_the_head_of_vgg_is_said(self):
        vgg = OFFERED["vgg16"].spec
        assert answer(vgg, vgg, "VGG-16")[1] == "The head holds 89 % of the parameters."

    def test_without_the_other_net_s_cost_its_clause_is_left_out(self):
        lead, _ = recipe.answer(example(), traced(example()), RESNET18, "ResNet-18", None)
        assert "%" not in lead
        assert "for less" not in lead


@pytest.mark.parametrize(
    ("spec", "title"),
    [
        (RESNET18, "The recipe of ResNet-18"),
        (example(), "Stages 3 and 4 changed: squeezed for the 3×3, wide between blocks"),
        (changed(RESNET18, 1, count=3), "Stage 2 changed"),
        (RESNET18.model_copy(update={"stages": RESNET18.stages[:3]}), "1 stage fewer than ResNet-18"),
        (RESNET18.model_copy(update={"norm": "none"}), "The stages are those of ResNet-18"),
    ],
)
def test_figure_title(spec, title):
    assert recipe.figure_title(spec, RESNET18, "ResNet-18") == title


def test_entry_lines():
    assert recipe.entry_lines(example(), traced(example())) == ("37 layers", "13 skips")
    assert recipe.entry_lines(KNOWN["plain18"].spec, traced(KNOWN["plain18"].spec))[1] == "no skips"


class TestComparison:
    def test_the_example(self):
        vgg = OFFERED["vgg16"].spec
        others = ((sized("VGG-16", vgg), False), (sized("ResNet-18", RESNET18), True))
        bars = recipe.comparison("parameters", sized("Yours", example()), others, bridged=True)
        assert [(bar.title, bar.value.replace("\u00a0", " "), bar.words) for bar in bars] == [
            ("VGG-16", "138.36 M", ""),
            ("ResNet-18", "11.69 M", "11.8 times fewer than VGG-16"),
            ("Yours", "7.05 M", "19.6 times fewer, 60 % of ResNet-18"),
        ]
        assert [bar.own for bar in bars] == [False, False, True]
        assert bars[0].share == 1
        assert bars[2].share == pytest.approx(7_049_256 / 138_357_544)

    def test_more_than_the_first_and_equal_to_it(self):
        bars = recipe.comparison(
            "macs", Sized("Yours", 1, 300), ((Sized("A", 1, 100), False),), bridged=False
        )
        assert bars[1].words == "3.0 times as many"
        assert bars[0].share == pytest.approx(1 / 3)
        bars = recipe.comparison(
            "macs", Sized("Yours", 1, 100), ((Sized("A", 1, 100), False),), bridged=False
        )
        assert bars[1].words == ""
