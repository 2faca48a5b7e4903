"""The picture in the details panel: what stands in it, and that it fits."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest

from core.figures.block_picture import WIDTH, block_picture
from core.figures.diagram import Diagram
from core.graph.records import UnknownNode
from tests.real_graphs import graph_of

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: Diagram) -> list[str]:
    return [element.text for element in ET.fromstring(picture.svg).iter(f"{SVG}text")]


def classes(picture: Diagram) -> list[str]:
    return [element.get("class", "") for element in ET.fromstring(picture.svg).iter() if element.get("class")]


def test_a_bottleneck():
    picture = block_picture(graph_of("resnet50"), "layer3.2")
    assert [t for t in texts(picture) if t not in ("x", "y")] == [
        "1×1",
        "256",
        "3×3",
        "256",
        "1×1",
        "1024",
        "identity, no weights",
        "ReLU",
    ]
    assert classes(picture).count("bar branch") == 3
    assert "skip" in classes(picture) and "skip projection" not in classes(picture)
    names = [mark.id for mark in picture.marks]
    assert names == [f"layer3.2.{part}" for part in ("conv1", "conv2", "conv3", "add", "relu_2")]


def test_a_projection_tells_its_weights():
    picture = block_picture(graph_of("resnet50"), "layer3.0")
    assert any(t.startswith("projection, 526") for t in texts(picture))
    assert "skip projection" in classes(picture)
    padded = block_picture(graph_of("cifar_resnet20"), "layer2.0")
    assert "zeros, no weights" in texts(padded)


def test_plain_blocks_have_no_skip():
    picture = block_picture(graph_of("plain18"), "layer1.0")
    assert not any("skip" in name for name in classes(picture))
    assert classes(picture).count("bar main") == 2


def test_branches_side_by_side_are_drawn_without_words():
    picture = block_picture(graph_of("inception_v3"), "Mixed_5b")
    assert texts(picture) == ["x", "y"]
    assert classes(picture).count("bar main") == 7


def test_stages_and_networks_have_none():
    graph = graph_of("resnet50")
    assert block_picture(graph, "layer3") is None
    assert block_picture(graph, "") is None
    assert block_picture(graph, "input") is None
    with pytest.raises(UnknownNode):
        block_picture(graph, "nonesuch")


@pytest.mark.parametrize(
    "name",
    [
        "resnet18",
        "densenet121",
        "efficientnet_b0",
        "inception_v3",
        "convnext_tiny",
        "swin_t",
        "vit_b_16",
        "vgg16",
    ],
)
def test_everything_fits_and_nothing_overlaps(name):
    graph = graph_of(name)
    for key in (*graph.groups, *graph.nodes):
        picture = block_picture(graph, key)
        if picture is None:
            continue
        ET.fromstring(picture.svg)
        assert picture.height < 160
        for mark in picture.marks:
            assert mark.box.x >= -8 and mark.box.x + mark.box.width <= WIDTH + 8, (key, mark.id)
        bars = [mark for mark in picture.marks if mark.rows]
        for first, second in itertools.pairwise(bars):
            assert not first.box.overlaps(second.box, tolerance=8)
