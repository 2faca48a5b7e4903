"""Every line of our blocks is linked to the operations that it makes, in all of our own networks."""

from __future__ import annotations

import pytest

from core.architectures import NetSpec, StageSpec, from_spec, preset_names
from core.figures.code_lines import code_of
from core.graph import Graph, trace
from core.graph.records import Group
from tests.real_graphs import graph_of


def blocks_with_code(graph: Graph) -> list[Group]:
    return [group for group in graph.fold.walk() if code_of(graph, group)]


def check_links(graph: Graph, group: Group) -> None:
    code = code_of(graph, group)
    linked = [name for line in code.forward for name in line.nodes]
    assert set(linked) == set(group.nodes), (
        group.name
    )  # nothing of the block is left out, nothing else is named
    for line in code.forward:
        calls = "self." in line.text and "self.residual_scale" not in line.text
        assert bool(line.nodes) or not calls, line.text
    for line in code.made:
        assert line.nodes or "downsample" in line.text


@pytest.mark.parametrize("name", preset_names())
def test_all_lines_of_our_networks(name):
    graph = graph_of(name)
    found = blocks_with_code(graph)
    if "vgg" in name:
        assert found == []
        return
    blocks = [group for group in graph.fold.walk() if group.level == "block" and group.type_name]
    made = [group for group in blocks if group.type_name.endswith("Block") or group.type_name == "Bottleneck"]
    assert found == made and len(found) >= 8
    for group in found:
        check_links(graph, group)
        decisive = [line for line in code_of(graph, group).forward if line.decisive]
        assert len(decisive) == ("plain" not in name)
        for line in decisive:
            assert any(graph.nodes[node].kind == "add" for node in line.nodes)


@pytest.mark.parametrize("options", [{}, {"residual_scale": 0.2}, {"shortcut": "A"}, {"norm": "none"}])
@pytest.mark.parametrize("block", ["basic", "bottleneck", "pre-activation"])
def test_all_lines_of_other_recipes(block, options):
    stages = tuple(StageSpec(block=block, count=2, width=8 * n, stride=n) for n in (1, 2))
    graph = trace(from_spec(NetSpec(stages=stages, **options)), (3, 32, 32))
    found = blocks_with_code(graph)
    assert len(found) == 4
    for group in found:
        check_links(graph, group)


def test_reused_parts_are_told_apart():
    graph = graph_of("own/resnet50")
    lines = {line.text.strip()[:24]: line.nodes for line in code_of(graph, graph.groups["layer3.2"]).forward}
    assert lines["branch = self.relu(self."][-1] in ("layer3.2.relu", "layer3.2.relu_1")
    last = next(line for line in code_of(graph, graph.groups["layer3.2"]).forward if line.decisive)
    assert last.nodes == ("layer3.2.relu_2", "layer3.2.add")


def test_the_same_block_of_torchvision():
    graph = graph_of("resnet50")
    code = code_of(graph, graph.groups["layer1.0"])
    assert code.name == "Bottleneck" and code.file.endswith("blocks.py")
    check_links(graph, graph.groups["layer1.0"])
    grouped = graph_of("resnext50_32x4d")
    assert blocks_with_code(grouped) == []  # ours has no groups
    assert blocks_with_code(graph_of("mobilenet_v2")) == []
