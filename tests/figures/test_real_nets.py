"""Diagrams of real architectures: everything is shown once, and residual additions are arcs."""

import xml.etree.ElementTree as ET

import pytest

from core.figures import operations, strip
from tests.real_graphs import graph_of

from .test_strip import SVG, check_no_overlap, check_partition

pytestmark = pytest.mark.slow


CHAINS = [
    "resnet18",
    "resnext50_32x4d",
    "vgg11",
    "alexnet",
    "squeezenet1_1",
    "mobilenet_v2",
    "efficientnet_b0",
]
CHAINS += [
    "densenet121",
    "shufflenet_v2_x0_5",
    "convnext_tiny",
    "swin_t",
    "vit_b_16",
    "timm/skresnet18",
    "timm/dla34",
]


@pytest.mark.parametrize("name", [*CHAINS, "timm/hrnet_w18_small"])
def test_strips_and_operations_show_everything_once(name):
    graph = graph_of(name)
    stages = [group.name for group in graph.fold.children]
    for opened in ([], stages[1:3], stages):
        diagram = strip(graph, opened=opened)
        check_partition(graph, diagram)
        check_no_overlap(diagram)
        ET.fromstring(diagram.svg)
    assert len(strip(graph).marks) <= 150
    diagram = operations(graph)
    assert len(diagram.marks) <= 150
    shown = {operation for mark in diagram.marks for operation in mark.operations}
    assert {n.name for n in graph.nodes.values() if n.kind != "parameter"} <= shown
    assert not diagram.note.startswith("Laid out in a simpler way")


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "convnext_tiny", "vit_b_16", "densenet121"])
def test_every_residual_addition_is_an_arc(name):
    graph = graph_of(name)
    diagram = strip(graph, opened=[group.name for group in graph.fold.children])
    classes = [e.get("class", "").split() for e in ET.fromstring(diagram.svg).iter(f"{SVG}path")]
    # A long one leads over the folded middle of a stage.
    arcs = [names for names in classes if "skip" in names and "long" not in names]
    expected = [skip for skip in graph.skips if skip.join_kind != "multiply"]
    hidden = {name for mark in diagram.marks if mark.kind == "more" for name in mark.operations}
    assert len(arcs) == len([skip for skip in expected if skip.join not in hidden])
