"""Colours by a quantity: the layout stays, the largest mark is yellow, skips keep their own colour."""

import re
import xml.etree.ElementTree as ET

import pytest

from core.figures import coloured, operations, strip
from core.figures.diagram import Scale
from core.figures.heat import heat_colour, mark_amounts
from core.figures.legend import legend
from core.figures.quantities import MULTIPLY_ADDS, PARAMETERS, Quantity

from .nets import graph
from .samples import Draft, resnet, vgg16

SVG = "{http://www.w3.org/2000/svg}"


def colours(diagram) -> dict[str, str]:
    found = {}
    for node in ET.fromstring(diagram.svg).iter(f"{SVG}g"):
        style = re.match(r"^color:(#[0-9a-f]{6})$", node.get("style", ""))
        if style:
            found[diagram.marks[int(node.get("data-mark"))].id] = style[1]
    return found


def test_ends_of_the_scale_are_viridis():
    assert heat_colour(0, 10) == heat_colour(0, 0) == "#440154"
    assert heat_colour(10, 10) == "#fde725"
    assert heat_colour(99, 10) == "#fde725"


@pytest.mark.parametrize("quantity", [PARAMETERS, MULTIPLY_ADDS, Quantity("activations", 4)])
def test_nothing_moves(quantity):
    plain = strip(resnet(), opened=["layer3"])
    warm = coloured(plain, resnet(), quantity)
    assert warm.marks == plain.marks
    stripped = re.sub(r' heated|(?<=sk )heat | style="color:#[0-9a-f]{6}"', "", warm.svg)
    assert stripped == plain.svg
    assert warm.rev != plain.rev


def test_a_block_has_the_colour_of_its_total():
    found = resnet()
    warm = coloured(strip(found, opened=["layer4"]), found, PARAMETERS)
    by_name = colours(warm)
    most = max(found.groups[f"layer4.{n}"].parameters for n in range(3))
    for n in range(3):
        assert by_name[f"layer4.{n}"] == heat_colour(found.groups[f"layer4.{n}"].parameters, most)
    assert by_name["layer4.0"] == "#fde725"
    assert "layer4" not in by_name and "input" not in by_name


def test_a_folded_stage_has_the_colour_of_its_mean_block():
    found = resnet()
    diagram = strip(found, opened=["layer4"])
    amounts = {diagram.marks[i].id: amount for i, amount in mark_amounts(diagram, found, PARAMETERS).items()}
    assert amounts["layer3"] == pytest.approx(found.groups["layer3"].parameters / 6)
    scale = coloured(diagram, found, PARAMETERS).legend[-1]
    assert isinstance(scale, Scale)
    assert scale.words.endswith("parameters; folded stages: mean of their blocks")


def test_operations_have_their_own_colours():
    found = graph("resnet18")
    diagram = operations(found, "layer2.0")
    amounts = mark_amounts(diagram, found, MULTIPLY_ADDS)
    assert sum(amounts.values()) == found.groups["layer2.0"].macs
    by_name = colours(coloured(diagram, found, MULTIPLY_ADDS))
    assert by_name["layer2.0.conv2"] == "#fde725"
    assert by_name["layer2.0.bn1"] == "#440154"


def test_skips_stay_and_roles_leave_the_key():
    found = resnet()
    plain = strip(found, opened=["layer3"])
    warm = coloured(plain, found, PARAMETERS)
    assert {"branch", "main"} <= set(plain.legend)
    assert set(warm.legend) & {"branch", "main"} == set()
    assert warm.legend[:3] == ("identity", "projection", "add")
    words = [text for _, text in legend(warm.legend)]
    assert words[-1].startswith("0 to ") and "parameters" in words[-1]
    for sign, _ in legend(warm.legend):
        ET.fromstring(sign)


@pytest.mark.parametrize("dark", [False, True])
def test_a_file_stands_on_its_own(dark):
    found = vgg16()
    warm = coloured(strip(found), found, PARAMETERS)
    text = warm.standalone(dark=dark, selected="classifier")
    ET.fromstring(text)
    assert text.count('class="is-selected') == 1
    assert "fde725" in text


def test_a_network_without_any_is_all_zero():
    draft = Draft()
    draft.pool("p", 8)
    found = draft.graph(
        [draft.group("input", "Input", ["input"], "input"), draft.group("p", "Head", ["p"], "head")]
    )
    assert set(colours(coloured(strip(found), found, PARAMETERS)).values()) == {"#440154"}
