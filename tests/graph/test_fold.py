"""Folding: sums are kept from level to level, and published networks show the stages that their papers name."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.graph import trace
from core.graph.records import Graph, Group
from tests.graph.networks import Function, Residual, conv
from tests.real_graphs import graph_of


def check_fold(graph: Graph) -> None:
    """What holds for every fold: children partition their parent, sums agree, names are unique."""
    groups = graph.fold.walk()
    names = [group.name for group in groups]
    assert len(set(names)) == len(names)
    assert graph.fold.nodes == tuple(graph.nodes)
    assert graph.fold.parameters + sum(graph.unused_parameters.values()) == graph.parameters
    for group in groups:
        assert group.nodes
        members = [graph.nodes[name] for name in group.nodes]
        for quantity in ("parameters", "macs", "activation_bytes"):
            assert getattr(group, quantity) == sum(getattr(node, quantity) for node in members)
        assert group.output_shape == members[-1].output_shape
        assert group.name not in graph.nodes or group.nodes == (group.name,)
        if group.children:
            assert tuple(name for child in group.children for name in child.nodes) == group.nodes
            assert len(group.children) > 1 or group.children[0].children
        else:
            assert len(group.nodes) == 1
    assert {child.level for child in graph.fold.children} == {"stage"}


def blocks(group: Group) -> int:
    """Blocks that do some work: a pool, a permutation or a concatenation between blocks is none."""
    return sum(1 for child in group.children if child.macs) if group.children[0].level == "block" else 1


def stages(graph: Graph) -> list[Group]:
    return [group for group in graph.fold.children if group.role == "stage"]


EXPECTED = {
    "alexnet": ([1, 1, 3], ["input", "head"]),
    "vgg16": ([2, 2, 3, 3, 3], ["input", "head"]),
    "vgg16_bn": ([2, 2, 3, 3, 3], ["input", "head"]),
    "resnet18": ([2, 2, 2, 2], ["input", "stem", "head"]),
    "resnet50": ([3, 4, 6, 3], ["input", "stem", "head"]),
    "resnext50_32x4d": ([3, 4, 6, 3], ["input", "stem", "head"]),
    "densenet121": ([6 + 1, 12 + 1, 24 + 1, 16], ["input", "stem", "head"]),
    "efficientnet_b0": ([1, 2, 2, 3, 3, 4, 1], ["input", "stem", "head"]),
    "mobilenet_v2": ([1, 2, 3, 7, 4], ["input", "stem", "head"]),
    "mobilenet_v3_small": ([1, 2, 5, 3], ["input", "stem", "head"]),
    "mnasnet0_5": ([3, 3, 3, 2, 4, 1], ["input", "stem", "head"]),
    "regnet_y_400mf": ([1, 3, 6, 6], ["input", "stem", "head"]),
    "shufflenet_v2_x0_5": ([4, 8, 4], ["input", "stem", "head"]),
    "squeezenet1_0": ([3, 4, 1], ["input", "stem", "head"]),
    "googlenet": ([2, 5, 2], ["input", "stem", "head"]),
    "convnext_tiny": ([3, 3 + 1, 9 + 1, 3 + 1], ["input", "stem", "head"]),
    "swin_t": ([2, 2 + 1, 6 + 1, 2 + 1], ["input", "stem", "head"]),
    "vit_b_16": ([12], ["input", "stem", "head"]),
    "maxvit_t": ([2, 2, 5, 2], ["input", "stem", "head"]),
}
# With the layer that leads from stage to stage: DenseNet's transition, Swin's merging, ConvNeXt's downsampling.


@pytest.mark.parametrize("name", EXPECTED)
def test_published_networks_have_the_stages_of_their_papers(name):
    graph = graph_of(name)
    check_fold(graph)
    counts, others = EXPECTED[name]
    assert [blocks(stage) for stage in stages(graph)] == counts
    assert [group.role for group in graph.fold.children if group.role != "stage"] == others
    assert [stage.title for stage in stages(graph)] == [f"Stage {n}" for n in range(1, len(counts) + 1)]
    assert graph.fold.chain


def test_inception_v3_has_three_stages_of_parallel_blocks():
    graph = graph_of("inception_v3")
    check_fold(graph)
    assert [len(stage.children) for stage in stages(graph)] == [3, 5, 3]
    assert not any(block.chain for stage in stages(graph) for block in stage.children)


def test_groups_of_a_resnet():
    graph = graph_of("resnet50")
    entry, stem, first, *_, head = graph.fold.children
    assert (entry.name, entry.role, entry.title, entry.children) == ("input", "input", "Input", ())
    assert (stem.name, stem.title, stem.level) == ("conv1…maxpool", "Stem", "stage")
    assert [leaf.name for leaf in stem.children] == ["conv1", "bn1", "relu", "maxpool"]
    assert (first.name, first.type_name, first.output_shape) == ("layer1", "Sequential", (1, 256, 56, 56))
    assert [block.name for block in first.children] == ["layer1.0", "layer1.1", "layer1.2"]
    assert {block.type_name for block in first.children} == {"Bottleneck"}
    assert (head.name, head.title) == ("avgpool…fc", "Head")
    assert graph.groups["layer3.2"].parameters == 1_117_184
    assert graph.groups["layer3.2"].input_shape == (1, 1024, 14, 14)
    assert not graph.groups["layer3.0"].chain
    assert graph.groups["layer3.1"].chain


def test_equal_blocks_have_equal_signatures():
    graph = graph_of("resnet50")
    signatures = [block.signature for block in graph.groups["layer3"].children]
    assert len(set(signatures)) == 2
    assert len(set(signatures[1:])) == 1
    others = {
        block.signature for name in ("layer1", "layer2", "layer4") for block in graph.groups[name].children
    }
    assert not others & set(signatures)


def test_additions_written_out_in_one_forward_become_blocks():
    class Flat(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(8, 6)
            self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in range(20))
            self.last = nn.Linear(6, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.first(x)
            for one, two in zip(self.layers[::2], self.layers[1::2], strict=True):
                x = torch.relu(x + two(torch.relu(one(x))))
            return self.last(x)

    graph = trace(Flat(), (8,))
    check_fold(graph)
    assert [(g.role, len(g.children)) for g in graph.fold.children] == [
        ("input", 0),
        ("stem", 0),
        ("stage", 10),
        ("head", 0),
    ]
    assert len({block.signature for block in stages(graph)[0].children}) == 1
    assert len(stages(graph)[0].children[0].nodes) == 5


def test_a_plain_row_of_layers_is_one_stage():
    layers = [part for _ in range(4) for part in (nn.Linear(8, 8), nn.ReLU())]
    graph = trace(nn.Sequential(*layers, nn.Linear(8, 2)), (8,))
    check_fold(graph)
    assert [(g.role, len(g.children)) for g in graph.fold.children] == [
        ("input", 0),
        ("stage", 4),
        ("head", 0),
    ]


def test_a_shared_module_stays_where_it_is_called():
    class Block(nn.Module):
        def __init__(self, shared: nn.Module) -> None:
            super().__init__()
            self.shared = shared
            self.inner = conv()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + self.inner(torch.relu(self.shared(x)))

    shared = conv()
    graph = trace(nn.Sequential(conv(), *(Block(shared) for _ in range(4))), (4, 8, 8))
    check_fold(graph)
    assert [block.type_name for block in stages(graph)[0].children] == ["Block"] * 4


def test_a_thousand_blocks_are_one_row():
    module = nn.Sequential(conv(4), *(nn.Sequential(conv(), nn.ReLU()) for _ in range(300)))
    graph = trace(module.to("meta"), (4, 8, 8))
    check_fold(graph)
    assert len(graph.fold.children) == 2


def test_a_network_that_goes_down_and_up_again_has_few_stages():
    def forward(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
        for _ in range(12):
            x = m.up(m.down(x))
        return x

    graph = trace(Function(forward, down=nn.Conv2d(4, 4, 2, 2), up=nn.ConvTranspose2d(4, 4, 2, 2)), (4, 8, 8))
    check_fold(graph)
    assert len(stages(graph)) <= 2


PARTS = st.recursive(
    st.sampled_from(["conv", "relu", "norm", "pool", "residual", "strided"]),
    lambda inner: st.lists(inner, min_size=1, max_size=5),
    max_leaves=24,
)


def build(plan: str | list) -> nn.Module:
    if isinstance(plan, list):
        return nn.Sequential(*(build(part) for part in plan))
    return {
        "conv": conv,
        "relu": lambda: nn.ReLU(inplace=True),
        "norm": lambda: nn.BatchNorm2d(4),
        "pool": lambda: nn.MaxPool2d(3, 2, 1),
        "residual": lambda: Residual(4, 4),
        "strided": lambda: Residual(4, 4, 2, option="A"),
    }[plan]()


@settings(max_examples=30, deadline=None)
@given(plan=st.lists(PARTS, min_size=1, max_size=8), head=st.booleans())
def test_every_network_folds_without_loss(plan, head):
    parts = [build(plan), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)] if head else [build(plan)]
    graph = trace(nn.Sequential(*parts), (4, 32, 32))
    check_fold(graph)
    assert len(graph.skips) == str(plan).count("residual") + str(plan).count("strided")
