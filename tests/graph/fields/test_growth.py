"""How the field grows: depths by the names that networks carry, sizes by the papers, points in order."""

from __future__ import annotations

import pytest
from torch import nn

from core.graph import trace
from core.graph.fields.extremes import extremes
from core.graph.fields.growth import growth, weighted_layers
from tests.figures.nets import graph as of


@pytest.mark.parametrize(
    "name, layers",
    [
        ("alexnet", 8),
        ("vgg16", 16),
        ("resnet18", 18),
        ("resnet50", 50),
        ("googlenet", 22),
        ("inception_v3", 48),
        ("densenet121", 121),
        ("mobilenet_v2", 53),
    ],
)
def test_networks_are_as_deep_as_they_are_called(name, layers):
    """The numbers in the names; GoogLeNet: Szegedy et al. 2014, §5, 22 layers with parameters; Inception-v3: 48."""
    assert weighted_layers(of(name)) == layers
    assert growth(of(name)).layers == layers


@pytest.mark.parametrize(
    "name", ["alexnet", "vgg16", "resnet50", "mobilenet_v2", "inception_v3", "densenet121"]
)
def test_points_follow_the_trunk(name):
    graph = of(name)
    points = growth(graph).points
    order = list(graph.nodes)
    places = [order.index(point.node) for point in points]
    assert places == sorted(set(places))
    depths = [point.depth for point in points]
    assert depths == sorted(depths)
    sizes = [point.size for point in points]
    assert sizes == sorted(sizes)
    for point in points:
        assert graph.at(point.group).name == point.node or point.group in graph.groups
        assert graph.nodes[point.node].receptive_field.size == point.size
        assert point.smallest <= point.size


def test_resnet_50_as_its_blocks_end():
    """Fields at the ends of stages: Araujo et al. 2019, for the stride in the 3×3 convolution."""
    found = growth(of("resnet50"))
    by_title = {point.title: point for point in found.points}
    ends = ("layer1.2", "layer2.3", "layer3.5", "layer4.2")
    assert [by_title[end].size[0] for end in ends] == [35, 91, 267, 427]
    assert (by_title["layer3.2"].depth, by_title["layer3.2"].size) == (31, (171, 171))
    assert {point.smallest for point in found.points if point.marked} == {(11, 11)}
    assert [point.title for point in found.points if not point.marked] == ["conv1", "maxpool"]
    assert (found.sees_all.title, found.outgrows.title) == ("layer3.4", "layer3.4")


def test_vgg_16_layer_by_layer():
    found = growth(of("vgg16"))
    assert len(found.points) == 13 + 5
    assert [point.title for point in found.points if point.marked] == [
        "features.4",
        "features.9",
        "features.16",
        "features.23",
        "features.30",
    ]
    assert [point.size[0] for point in found.points][-2:] == [196, 212]
    assert all(point.smallest == point.size for point in found.points)
    assert found.sees_all is None


def test_gates_see_all_and_the_field_without_them_goes_on_growing():
    points = growth(of("mobilenet_v3_small")).points
    gated = [point for point in points if point.status == "whole image"]
    assert gated
    assert all(point.size == (224, 224) and point.local == point.reach for point in gated)
    reaches = [point.reach for point in points]
    assert reaches == sorted(reaches)
    found = growth(of("mobilenet_v3_small"))
    assert found.sees_all.depth < found.outgrows.depth


def test_attention_sees_all_but_a_path_around_it():
    found = growth(of("vit_b_16"))
    assert found.sees_all.title == "encoder.layers.encoder_layer_0"
    assert {point.smallest for point in found.points} == {(16, 16)}


def test_a_network_of_vectors_has_no_points():
    found = growth(trace(nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2)), (8,)))
    assert (found.points, found.sees_all, found.layers) == ((), None, 2)


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "mobilenet_v2", "inception_v3", "googlenet"])
def test_the_largest_path_has_the_field_of_every_operation(name):
    """Paths add sizes, fields unite intervals: two computations that must agree wherever all windows are centred."""
    graph = of(name)
    fields = {
        node.name: node.receptive_field.size
        for node in graph.nodes.values()
        if node.receptive_field.status == "exact"
    }
    assert len(fields) > 0.95 * len(graph.nodes)
    assert {n: span.largest for n, span in extremes(graph).items() if n in fields} == fields
