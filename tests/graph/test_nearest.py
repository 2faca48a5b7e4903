"""A wrong name leads to the nearest right one."""

from __future__ import annotations

import pytest

from core.graph import UnknownNode, nearest
from tests.real_graphs import graph_of

GRAPH = graph_of("resnet18")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("layer3.1.conv2", "layer3.1.conv2"),
        ("layer3", "layer3"),
        ("layr3", "layer3"),
        ("layer3.1.convv2", "layer3.1.conv2"),
        ("layer4.1.something.else", "layer4.1"),
        ("zzz", None),
        ("", None),
    ],
)
def test_nearest(name, expected):
    assert nearest(GRAPH, name) == expected


def test_at_finds_modules_operations_and_groups():
    assert GRAPH.at("layer3.0").name == "layer3.0.relu_1"
    assert GRAPH.at("layer3.0.relu").name == "layer3.0.relu_1"
    assert GRAPH.at("layer3.0.add").name == "layer3.0.add"
    assert GRAPH.at("conv1…maxpool").name == "maxpool"
    with pytest.raises(UnknownNode, match=r"'layer9'; Graph\.nodes"):
        GRAPH.at("layer9")
