"""Bars along the depth: every operation once, heights on one linear axis, layers in execution order."""

import itertools
import xml.etree.ElementTree as ET

import pytest

from core.figures.depth_bars import AXIS, PLOT_TOP, depth_bars, depth_title
from core.figures.depth_layout import layers
from core.figures.quantities import MULTIPLY_ADDS, PARAMETERS, Costs, Quantity

from .nets import NETS, graph
from .samples import resnet

SVG = "{http://www.w3.org/2000/svg}"
QUANTITIES = (PARAMETERS, MULTIPLY_ADDS, Quantity("activations", 8), Quantity("training memory", 32))


def bars(diagram) -> list[ET.Element]:
    return [e for e in ET.fromstring(diagram.svg).iter(f"{SVG}rect") if "bar" in e.get("class").split()]


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.name)
@pytest.mark.parametrize("name", NETS)
def test_every_operation_belongs_to_one_layer_in_order(name, quantity):
    found = graph(name)
    costs = Costs(found, quantity)
    order = {node: index for index, node in enumerate(found.nodes)}
    for most in (10_000, 50, 1):
        row = layers(found, costs, most=most)
        assert len(row) <= most
        assert sorted(node for layer in row for node in layer.nodes) == sorted(found.nodes)
        assert sum(layer.amount for layer in row) == costs.total
        firsts = [order[layer.names[0]] for layer in row]
        assert firsts == sorted(firsts)


@pytest.mark.parametrize("name", NETS)
def test_heights_are_proportional(name):
    found = graph(name)
    diagram = depth_bars(found, PARAMETERS)
    row = layers(found, Costs(found, PARAMETERS), most=int((diagram.width - AXIS) / 3))
    drawn = bars(diagram)
    assert len(drawn) == len(row)
    largest = max(layer.amount for layer in row)
    tallest = max(float(bar.get("height")) for bar in drawn)
    assert 0.4 <= tallest / (82 - PLOT_TOP) <= 1.001
    for bar, layer in zip(drawn, row, strict=True):
        assert float(bar.get("height")) == pytest.approx(tallest * layer.amount / largest, abs=0.02)
    xs = [float(bar.get("x")) for bar in drawn]
    assert xs == sorted(xs)
    assert xs[0] >= AXIS and xs[-1] <= diagram.width


@pytest.mark.parametrize("name", NETS)
def test_marks_are_names_of_the_network(name):
    found = graph(name)
    names = [mark.id for mark in depth_bars(found, PARAMETERS).marks]
    assert len(names) == len(set(names))
    assert all(name in found.groups or name in found.nodes for name in names)


def test_layers_and_blocks_of_resnet50():
    diagram = depth_bars(graph("resnet50"), PARAMETERS)
    assert len(bars(diagram)) == 54  # 53 convolutions, four of them on skips, and a linear layer
    assert [bar.get("class") for bar in bars(diagram)].count("bar skip") == 4
    assert diagram.mark("layer3.2").kind == "block"
    assert diagram.mark("layer3.2.conv2").kind == "operation"
    texts = [e.text for e in ET.fromstring(diagram.svg).iter(f"{SVG}text")]
    assert [text for text in texts if "Stage" in text] == ["Stage 1", "Stage 2", "Stage 3", "Stage 4"]
    assert "0" in texts


def test_neighbours_share_a_bar_in_deep_networks():
    diagram = depth_bars(resnet((100, 100, 100, 100)), PARAMETERS)
    drawn = bars(diagram)
    assert len(drawn) <= (diagram.width - AXIS) / 3
    for before, after in itertools.pairwise(drawn):
        assert float(before.get("x")) + float(before.get("width")) < float(after.get("x"))
    assert any(" to " in mark.label for mark in diagram.marks)


@pytest.mark.parametrize(
    ("name", "quantity", "expected"),
    [
        ("vgg16", PARAMETERS, ["0", "50", "100", "150 M"]),
        ("densenet121", PARAMETERS, ["0", "0.5", "1", "1.5 M"]),
        ("resnet50", Quantity("training memory", 32, "Adam"), ["0", "100", "200", "300", "400 MB"]),
    ],
)
def test_the_axis_has_round_numbers_and_names_its_unit_once(name, quantity, expected):
    root = ET.fromstring(depth_bars(graph(name), quantity).svg)
    texts = [e.text.replace("\u00a0", " ") for e in root.iter(f"{SVG}text") if e.get("class") == "shape"]
    assert texts == expected


def test_the_title_says_which_layer():
    title, below = depth_title(graph("vgg16"), PARAMETERS)
    assert title.replace("\u00a0", " ") == "classifier.0 alone has 74.3 % of the parameters"
    assert below.startswith("16 layers in execution order")
    assert round(100 * 102_764_544 / 138_357_544, 1) == 74.3
    title, _ = depth_title(graph("resnet50"), PARAMETERS)
    assert title.replace("\u00a0", " ") == "No layer has more than 9.2 % of the parameters"


def test_same_graph_same_picture():
    assert depth_bars(resnet(), MULTIPLY_ADDS) == depth_bars(resnet(), MULTIPLY_ADDS)
