"""What is said of networks side by side, against the published numbers."""

import functools
import xml.etree.ElementTree as ET

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.architectures import catalogue
from core.figures import AlignedEntry, aligned_strips, comparison, comparison_table
from core.figures.comparison import Compared
from core.figures.cost_bars import segments, stacked_bars, total
from core.figures.numbers import division, hundredths, times
from core.graph import trace
from tests.real_graphs import graph_of

from .test_strip import elements


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


@functools.cache
def network(name: str) -> Compared:
    return Compared(catalogue.get(name), graph_of(name))


def networks(*names: str) -> list[Compared]:
    return [network(name) for name in names]


PAIR = ("vgg19", "resnet50")


class TestAnswer:
    def test_the_lesson(self):
        lead, rest = comparison.answer(networks(*PAIR))
        assert lead == "ResNet-50 is deeper than VGG-19, and costs about a fifth as much:"
        assert plain(rest) == (
            "5.6 times fewer parameters, 4.8 times fewer multiply-adds. Of VGG-19’s 143.67 M parameters, 123.64 M "
            "(86 %) are three linear layers; ResNet-50 has one, after average pooling."
        )

    def test_the_order_does_not_change_what_is_said(self):
        assert comparison.answer(networks(*PAIR)) == comparison.answer(networks(*PAIR[::-1]))

    def test_a_deeper_network_that_costs_more(self):
        lead, rest = comparison.answer(networks("resnet18", "resnet50"))
        assert lead == "ResNet-50 is deeper than ResNet-18, and costs about twice as much:"
        assert rest == "2.2 times as many parameters, 2.3 times as many multiply-adds."

    def test_less_of_one_and_more_of_the_other(self):
        lead, rest = comparison.answer(networks("resnet18", "densenet121"))
        assert lead == (
            "DenseNet-121 is deeper than ResNet-18, "
            "with 1.5 times fewer parameters but 1.6 times as many multiply-adds."
        )
        assert rest == "The skips of DenseNet-121 are concatenated, those of ResNet-18 added."

    def test_a_network_beside_itself(self):
        lead, rest = comparison.answer(networks("resnet18", "resnet18"))
        assert (
            lead == "ResNet-18 and ResNet-18 are equally deep, with 18 layers each, and cost about the same."
        )
        assert rest == ""

    def test_three_and_four(self):
        lead, rest = comparison.answer(networks("vgg19", "resnet18", "resnet50"))
        assert lead == "ResNet-50 is the deepest of the three, with 50 layers."
        assert plain(rest).startswith(
            "ResNet-18 has the fewest parameters, 11.69 M: 12 times fewer than VGG-19. "
            "It does the fewest multiply-adds, 1.81 G: 11 times fewer than VGG-19."
        )
        lead, _ = comparison.answer(networks("vgg19", "resnet18", "resnet50", "densenet121"))
        assert lead == "DenseNet-121 is the deepest of the four, with 121 layers."

    def test_one_is_no_comparison(self):
        with pytest.raises(ValueError, match="at least two"):
            comparison.answer(networks("resnet18"))


class TestTitles:
    def test_of_the_rows(self):
        assert comparison.figure_title(networks(*PAIR)) == (
            "At one scale: 19 layers in a row, against 16 blocks each bridged by a skip"
        )
        assert comparison.figure_title(networks("resnet18", "resnet50")) == (
            "At one scale: 8 blocks each bridged by a skip, against 16"
        )
        assert comparison.figure_title(networks("vgg19", "resnet18", "resnet50")) == (
            "At one scale: two of three networks have skips"
        )

    def test_of_the_bars(self):
        assert comparison.bars_title(networks(*PAIR)) == (
            "Fewer parameters: no large head. Fewer multiply-adds: 3×3 on squeezed channels"
        )
        # Without a large head and without bottlenecks there is nothing to explain.
        assert comparison.bars_title(networks("resnet18", "resnet50")) == (
            "ResNet-50 has more parameters and does more multiply-adds"
        )
        assert (
            comparison.bars_title(networks("resnet18", "resnet18"))
            == "About as many parameters and multiply-adds"
        )

    def test_lines_of_a_row(self):
        assert comparison.title_lines(network("vgg19").graph) == ("16 conv, 3 linear", "no skips")
        assert comparison.title_lines(network("resnet50").graph) == ("49 conv, 1 linear", "16 skips")


class TestTable:
    def test_the_published_numbers(self):
        head, rows = comparison_table.table(networks(*PAIR))
        assert head == ("", "VGG-19", "ResNet-50")
        assert [tuple(map(plain, row)) for row in rows] == [
            ("Weighted layers", "19", "50 + 4"),
            ("Parameters", "143.67 M", "25.56 M"),
            ("Multiply-adds", "19.63 G", "4.09 G"),
            ("Weights, float32", "575 MB", "102 MB"),
            ("Activations, one picture", "66.3 MB", "112 MB"),
            ("Skips", "none", "12 + 4 proj."),
            ("Top-1, V1 weights", "72.4 %", "76.1 %"),
        ]

    def test_accuracies_of_different_recipes_are_left_out(self):
        other = Compared(catalogue.get("timm/resnet50"), network("resnet50").graph)
        labels = [row[0] for row in comparison_table.table([network("vgg19"), other])[1]]
        assert not [label for label in labels if label.startswith("Top-1")]
        assert "Accuracy" not in comparison_table.caption([network("vgg19"), other])

    def test_the_longest_path_is_told_where_it_is_another_number(self):
        rows = {row[0]: row[1:] for row in comparison_table.table(networks("resnet18", "googlenet"))[1]}
        assert rows["Weighted layers"] == ("18 + 3", "58")
        assert rows["On the longest path"] == ("18", "22")

    def test_papers_once_each(self):
        told = comparison_table.papers(networks("resnet18", "resnet50", "vgg19"))
        assert told.count("arxiv.org") == 2
        assert told.index("1409.1556") < told.index("1512.03385")


class TestBars:
    def test_the_division_is_computed(self):
        texts = [plain("".join(e.itertext())) for e in elements_of_text(stacked_bars(networks(*PAIR)))]
        assert any("143.67 M / 25.56 M = 5.6 ×" in text for text in texts)
        assert any("19.63 G / 4.09 G = 4.8 ×" in text for text in texts)
        assert any("VGG-19, 19.63 G in all, one 224 × 224 picture" in text for text in texts)

    @pytest.mark.parametrize("name", ["vgg19", "resnet50", "googlenet", "densenet121", "mobilenet_v3_small"])
    def test_segments_add_up_to_the_whole(self, name):
        one = network(name)
        for quantity in ("parameters", "multiply-adds"):
            assert sum(part.value(quantity) for part in segments(one)) == total(one, quantity)
        operations = [name for part in segments(one) for name in part.operations]
        assert len(set(operations)) == len(operations)

    def test_vggs_three_linear_layers(self):
        heads = [part for part in segments(network("vgg19")) if part.role == "head"]
        assert [part.parameters for part in heads] == [102_764_544, 16_781_312, 4_097_000]
        assert sum(part.parameters for part in heads) == 123_642_856
        assert [part.name for part in heads] == ["linear 1", "linear 2", "linear 3"]

    @pytest.mark.parametrize("names", [PAIR, ("resnet50", "vgg19", "densenet121"), ("resnet18", "resnet18")])
    def test_bars_are_of_one_scale(self, names):
        found = networks(*names)
        picture = stacked_bars(found, width=700)
        for quantity in ("parameters", "multiply-adds"):
            most = max(total(one, quantity) for one in found)
            for row, one in enumerate(found):
                marks = [mark for mark in picture.marks if mark.id.startswith(f"{row}:{quantity}:")]
                length = max(mark.box.x + mark.box.width for mark in marks)
                assert length == pytest.approx(700 * total(one, quantity) / most, rel=1e-6)
                ends = [mark.box.x + mark.box.width for mark in marks]
                assert [mark.box.x for mark in marks[1:]] == pytest.approx(ends[:-1])
        assert len({mark.id for mark in picture.marks}) == len(picture.marks)

    def test_tooltips_are_exact(self):
        mark = stacked_bars(networks(*PAIR)).mark("1:parameters:layer4")
        assert mark.label == "Stage 4 of ResNet-50"
        assert plain(mark.detail) == "58.6 %"
        assert dict(mark.rows)["Parameters"] == "14,964,736"

    def test_the_same_input_gives_the_same_picture(self):
        assert stacked_bars(networks(*PAIR)) == stacked_bars(networks(*PAIR))


def elements_of_text(diagram):
    return list(ET.fromstring(diagram.svg).iter("{http://www.w3.org/2000/svg}text"))


def test_totals_are_the_published_ones():
    vgg, resnet = networks(*PAIR)
    assert (vgg.graph.parameters, resnet.graph.parameters) == (143_667_240, 25_557_032)
    assert (vgg.graph.macs, resnet.graph.macs) == (19_632_062_464, 4_089_184_256)
    assert (vgg.depth, resnet.depth) == (19, 50)
    assert len(elements(stacked_bars([vgg, resnet]), "rect", "seg")) > 10


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (143_667_240, "143.67 M"),
        (853_018, "853.02 k"),
        (999, "999"),
        (999_999, "1.00 M"),
        (0, "0"),
        (12, "12"),
    ],
)
def test_hundredths(value, text):
    assert plain(hundredths(value)) == text


@given(st.integers(1, 10**14))
def test_hundredths_are_right_to_half_a_hundredth(value):
    number, _, unit = plain(hundredths(value)).partition(" ")
    factor = 1000 ** ["", "k", "M", "G", "T"].index(unit)
    assert abs(float(number) * factor - value) <= 0.0051 * factor
    assert number.partition(".")[2] == "" or len(number.partition(".")[2]) == 2


@pytest.mark.parametrize(
    ("value", "text"), [(5.62, "5.6"), (9.94, "9.9"), (9.97, "10"), (1662.3, "1,662"), (1, "1.0")]
)
def test_times(value, text):
    assert times(value) == text


def test_division():
    assert plain(division(143_667_240, 25_557_032)) == "143.67 M / 25.56 M = 5.6 ×"


class TestWithoutWeights:
    @pytest.fixture
    def bare(self) -> Compared:
        module = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.MaxPool2d(2))
        return Compared(catalogue.get("alexnet"), trace(module, (3, 32, 32)), "Bare")

    def test_nothing_is_divided_by_nothing(self, bare: Compared) -> None:
        for pair in ([bare, network("resnet18")], [network("resnet18"), bare], [bare, bare]):
            lead, _ = comparison.answer(pair)
            assert "layer" in lead
            comparison.bars_title(pair)
            comparison.figure_title(pair)
            comparison_table.table(pair)
            stacked_bars(pair)

    @pytest.mark.parametrize("align", ["map size", "depth"])
    def test_it_has_a_row(self, bare: Compared, align: str) -> None:
        rows = [
            AlignedEntry("a", "Bare", (), bare.graph),
            AlignedEntry("b", "Net", (), network("resnet18").graph),
        ]
        assert "Bare" in aligned_strips(rows, align=align).svg


def test_networks_of_one_title_are_called_by_their_names() -> None:
    one, other = network("resnet18"), network("resnet50")
    same = [
        Compared(one.architecture, one.graph, "Own, 18"),
        Compared(one.architecture, other.graph, "Own, 50"),
    ]
    lead, _ = comparison.answer(same)
    assert lead.startswith("Own, 50 is deeper than Own, 18")
