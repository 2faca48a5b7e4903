"""Paths counted without being walked against all of them walked one by one, and against gradients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from math import comb

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.graph import trace
from core.graph.fields.extremes import extremes
from core.graph.fields.paths import paths
from core.graph.records import Graph, Group, Node, Skip, UnknownNode
from tests.figures.nets import graph as of
from tests.graph.networks import Residual, conv, traced

Route = tuple[str, ...]


def walked(graph: Graph, name: str) -> set[Route]:
    """Every path from the picture to an operation as the names of what it passes, one by one."""
    gates = {skip.join: skip for skip in graph.skips if skip.kind == "gate"}

    def back(name: str) -> Iterator[Route]:
        node = graph.nodes[name]
        if node.kind == "input":
            yield ()
            return
        sources = node.inputs
        if name in gates:
            sources = gates[name].shortcut_nodes[-1:] or (gates[name].fork,)
        # A pooling of single units does nothing.
        around = {*node.attributes.get("kernel", ()), *node.attributes.get("stride", ())} - {1}
        passed = (name,) if node.kind in ("conv", "linear") or around else ()
        for source in set(sources):
            for route in back(source):
                yield route + passed

    return set(back(name))


def seen_along(graph: Graph, route: Route, axis: int) -> int:
    """Pixels along an axis that one path sees: how many units its operations need, from the last one down."""
    units = 1
    for name in reversed(route):
        attributes = graph.nodes[name].attributes
        if "kernel" in attributes:
            kernel, stride, dilation = (attributes[key][axis] for key in ("kernel", "stride", "dilation"))
            units = (units - 1) * stride + (kernel - 1) * dilation + 1
    return units


def check_against_all_paths(graph: Graph, name: str) -> None:
    routes, found = walked(graph, name), paths(graph, name)
    assert found.total == len(routes)
    layers = [sum(graph.nodes[step].macs > 0 for step in route) for route in routes]
    assert found.by_length == Counter(layers)
    for axis, counted in enumerate((found.by_height, found.by_width)):
        assert counted == Counter(seen_along(graph, route, axis) for route in routes)
    span = extremes(graph)[name]
    assert (span.smallest, span.largest, span.depth) == (found.smallest, found.largest, max(layers))


def drawn_network(draw: st.DrawFn) -> Graph:
    """Up to nine operations of any kind on maps of one size, then strides, then more: each reads what is there."""
    nodes: dict[str, Node] = {}
    skips: list[Skip] = []

    def put(kind: str, inputs: Route, shape: tuple[int, ...], **attributes: tuple[int, ...]) -> str:
        name = f"{kind}{len(nodes)}" if nodes else "input"
        shapes = tuple(nodes[source].output_shape for source in inputs)
        own = 1 if kind == "conv" else 0
        nodes[name] = Node(name, kind, name, kind, shapes, shape, own, own, 0, inputs, attributes)
        return name

    level = [put("input", (), (1, 4, 64, 64))]
    for size in (64, 32, 16):
        shape = (1, 4, size, size)
        for _ in range(draw(st.integers(0, 4))):
            kind = draw(st.sampled_from(("conv", "max_pool", "relu", "add", "concatenate", "multiply")))
            a = draw(st.sampled_from(level))
            if kind in ("add", "concatenate"):
                parts = (a, *draw(st.lists(st.sampled_from(level), min_size=1, max_size=2)))
                if kind == "add":
                    level.append(put(kind, parts, shape))
                else:
                    wide = put(kind, parts, (1, 4 * len(parts), size, size), dims=(1,))
                    level.append(put("conv", (wide,), shape, kernel=(1, 1), stride=(1, 1), dilation=(1, 1)))
            elif kind == "multiply":
                gate = put("conv", (a,), shape, kernel=(5, 5), stride=(1, 1), dilation=(1, 1))
                level.append(put(kind, (gate, a), shape))
                skips.append(Skip(level[-1], "multiply", a, "gate", (), (gate,)))
            elif kind == "relu":
                level.append(put(kind, (a,), shape))
            else:
                kernel, dilation = (draw(st.tuples(*[st.integers(1, 4)] * 2)) for _ in range(2))
                level.append(put(kind, (a,), shape, kernel=kernel, stride=(1, 1), dilation=dilation))
        half = (1, 4, size // 2, size // 2)
        halved = [
            put("conv", (source,), half, kernel=(k, k), stride=(2, 2), dilation=(1, 1))
            for source in {level[-1], draw(st.sampled_from(level))}
            for k in {1, draw(st.integers(1, 3))}
        ]
        level = [put("add", tuple(halved), half)] if len(halved) > 1 else halved
    every = tuple(nodes)
    fold = Group("", "", "network", "part", "", every, (), 0, 0, 0, (), (), "", False)
    return Graph(nodes, tuple(skips), {}, fold, (4, 64, 64), "fx")


@settings(max_examples=40, deadline=None)
@given(st.composite(drawn_network)())
def test_any_network_has_the_paths_that_are_found_by_walking_them(graph):
    check_against_all_paths(graph, list(graph.nodes)[-1])


def test_resnet_18_has_256_paths():
    graph = of("resnet18")
    check_against_all_paths(graph, "layer4.1.relu_1")
    assert paths(graph).node == "layer4.1.relu_1"
    assert paths(graph).total == 2**8


@pytest.mark.parametrize("name, places", [("layer2.1", 4), ("layer3.0.add", 5)])
def test_every_join_doubles_the_paths(name, places):
    graph = of("resnet18")
    check_against_all_paths(graph, graph.at(name).name)
    assert paths(graph, name).total == 2**places


def test_lengths_of_equal_blocks_are_binomial():
    """Fig. 6 (a) of Veit et al. 2016: 54 blocks of two layers make a binomial distribution of lengths."""
    blocks = 54
    graph = trace(nn.Sequential(*(Residual(4, 4) for _ in range(blocks))).to("meta"), (4, 8, 8))
    found = paths(graph)
    assert found.total == 2**blocks
    assert found.by_length == {2 * k: comb(blocks, k) for k in range(blocks + 1)}
    assert found.by_size == {4 * k + 1: comb(blocks, k) for k in range(blocks + 1)}


def test_resnet_50_from_skips_alone_to_every_branch():
    """Skips alone: the 7×7 and the pooling of the stem, then 1×1 projections. The largest: Araujo et al. 2019's 427."""
    found = paths(of("resnet50"), "layer4.2")
    assert (found.smallest, found.largest) == ((11, 11), (427, 427))
    assert found.total == 2**16
    assert (min(found.by_length), max(found.by_length)) == (5, 49)


@pytest.mark.parametrize(
    "name, node, size",
    [
        ("vgg16", "features.28", 196),
        ("vgg16", "features.30", 212),
        ("densenet121", "features.norm5", 2071),
        ("inception_v3", "Mixed_7c", 1311),
        ("mobilenet_v2", "features.18", 491),
    ],
)
def test_the_largest_path_is_the_published_field(name, node, size):
    """Araujo, Norris & Sim 2019, Computing Receptive Fields of Convolutional Networks, doi:10.23915/distill.00021."""
    assert paths(of(name), node).largest == (size, size)


def test_a_plain_network_is_one_path():
    found = paths(of("vgg16"), "features.30")
    assert (found.total, found.by_length, found.by_size) == (1, {13: 1}, {212: 1})


def test_gates_are_no_paths():
    plain = [Residual(4, 4), Residual(4, 4)]
    gated = traced(
        lambda m, x: m.b((y := m.a(x)) * torch.sigmoid(m.gate(F.adaptive_avg_pool2d(y, 1)))),
        a=plain[0],
        b=plain[1],
        gate=nn.Conv2d(4, 4, 1),
    )
    assert [skip.kind for skip in gated.skips] == ["identity", "gate", "identity"]
    found, without = paths(gated), paths(trace(nn.Sequential(*plain), (4, 8, 8)))
    assert (found.by_size, found.by_length, found.whole) == (without.by_size, without.by_length, 0)


def test_a_path_through_attention_sees_the_whole_picture():
    graph = of("vit_b_16")
    found = paths(graph, "encoder.layers.encoder_layer_2.add_1")
    # Of the 2⁶ paths through six skips those that pass none of the three attentions keep their patch.
    assert (found.total, found.whole, found.sized) == (64, 56, 8)
    assert found.by_size == {16: 8}
    assert found.whole_cause == "encoder.layers.encoder_layer_0.self_attention"


def test_a_path_through_global_pooling_sees_the_whole_picture():
    found = paths(of("resnet18"), "fc")
    assert (found.total, found.whole, found.smallest, found.largest) == (2**8, 2**8, None, None)
    assert found.whole_cause == "avgpool"


def test_sizes_after_enlarging_are_not_made_up():
    graph = traced(
        lambda m, x: x + F.interpolate(m.b(F.interpolate(m.a(x), scale_factor=0.5)), scale_factor=2.0),
        a=conv(),
        b=conv(),
    )
    found = paths(graph)
    assert (found.total, found.unsized, found.by_size) == (2, 1, {1: 1})
    assert found.by_length == {0: 1, 2: 1}
    assert found.unsized_cause


def test_two_ways_without_a_layer_are_one_path():
    graph = traced(lambda m, x: m.a(x + x.relu()) + m.a(x), a=conv())
    assert paths(graph).by_length == {1: 2}


def test_layers_used_again_count_again():
    graph = traced(lambda m, x: m.a(m.a(m.a(x))), a=conv())
    assert (paths(graph).by_length, paths(graph).by_size) == ({3: 1}, {7: 1})


@pytest.mark.parametrize("taken", list(product((False, True), repeat=3)))
def test_one_path_alone_has_the_field_that_its_gradient_has(taken):
    """The blocks of a small residual net replaced by their branch or by their skip: a network of one path."""
    torch.manual_seed(0)
    blocks = (Residual(2, 2), Residual(2, 4, 2), Residual(4, 4))
    stem = nn.Conv2d(1, 2, 3, padding=1)
    x = torch.rand(1, 1, 41, 41, dtype=torch.float64, requires_grad=True)
    net = nn.Sequential(stem, *blocks).double()
    for weight in net.parameters():
        weight.data.abs_().add_(0.1)
    y = stem(x)
    for block, branch in zip(blocks, taken, strict=True):
        y = block.conv2(block.conv1(y)) if branch else block.shortcut(y)
    middle = y.shape[-1] // 2
    y[0, :, middle, middle].sum().backward()
    seen = int((x.grad[0, 0].abs().sum(0) > 0).sum())
    graph = trace(nn.Sequential(stem, *blocks).float(), (1, 41, 41))
    route = next(
        route
        for route in walked(graph, list(graph.nodes)[-1])
        if all((f"{i + 1}.conv1" in route) == branch for i, branch in enumerate(taken))
    )
    assert seen_along(graph, route, 1) == seen
    assert seen in paths(graph).by_width


def test_an_unknown_operation_is_named():
    with pytest.raises(UnknownNode, match="layer9"):
        paths(of("resnet18"), "layer9")


def test_an_operation_that_the_picture_does_not_reach_has_no_paths():
    graph = of("resnet18")
    lone = Node("lone", "conv", "lone", "", (), (1, 4, 8, 8), 1, 1, 0, ())
    with pytest.raises(ValueError, match="No path leads from the picture to lone"):
        paths(replace(graph, nodes={**graph.nodes, "lone": lone}), "lone")


def check_totals(counted: Mapping[int, int], expected: int) -> None:
    assert sum(counted.values()) == expected


@pytest.mark.parametrize("name", ["densenet201", "inception_v3", "convnext_tiny"])
def test_large_networks_are_counted_exactly(name):
    """All distributions are of the same paths; DenseNet-201 has more of them than fit into 64 bits."""
    found = paths(of(name))
    check_totals(found.by_length, found.total)
    check_totals(found.by_height, found.sized)
    check_totals(found.by_width, found.sized)


def test_densenet_doubles_with_every_layer():
    """Each of its 98 layers reads all before it in its block; three transitions and the stem are on every path."""
    assert paths(of("densenet201")).total == 2**98
