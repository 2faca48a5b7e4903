"""The graph in the DOT language: everything in it, and nothing in a name is taken for the language."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.figures.dot import to_dot
from core.figures.layout_program import find_program
from core.figures.theme import LIGHT
from core.graph import Graph
from tests.figures.samples import Draft, resnet
from tests.real_graphs import graph_of

HOSTILE = [
    '"]; evil [URL="javascript:alert(1)"]; "',
    "<b>html</b>",
    "<",
    "back\\slash\\N\\G\\",
    "a:b:c",
    "line\nbreak\x00\x1b",
    "{record|<port>}",
    "graph digraph node edge",
    "ünïcödé 層 \u202e",
    "",
]


def renamed(name: str) -> Graph:
    draft = Draft()
    draft.conv(name or "empty", 8, 3)
    draft.linear("fc", 10)
    names = list(draft.nodes)
    stage = draft.group("stage", name, names[1:], "stage")
    return draft.graph([draft.group("input", "Input", ["input"], "input"), stage])


def check_parses(source: str, nodes: int) -> list[str]:
    done = subprocess.run(
        [find_program(), "-Tplain"], input=source, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "rror" not in done.stderr
    placed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("node ")]
    assert sorted(placed, key=lambda name: int(name[1:])) == [f"n{number}" for number in range(nodes)]
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name):
    graph = renamed(name)
    source = to_dot(graph, name)
    lines = check_parses(source, len(graph.nodes))
    edges = [line for line in lines if line.startswith("edge ")]
    assert len(edges) == sum(len(set(node.inputs)) for node in graph.nodes.values())
    assert "javascript" not in source or "URL=\\" in source  # quoted, within a label


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=15))
def test_any_name_parses(name):
    check_parses(to_dot(renamed(name), name), len(renamed(name).nodes))


@pytest.mark.parametrize("name", ["resnet18", "inception_v3", "vit_b_16"])
def test_real_networks_are_laid_out(name):
    graph = graph_of(name)
    lines = check_parses(to_dot(graph, name), len(graph.nodes))
    assert sum(line.startswith("edge ") for line in lines) == sum(
        len(set(node.inputs)) for node in graph.nodes.values()
    )


def test_roles_are_colours_and_stages_clusters():
    source = to_dot(resnet((1, 1)), "ResNet")
    assert source.count("subgraph") == 5
    assert (
        source.count(f'color="{LIGHT.skip}" penwidth=2') == 6
    )  # two projections: in, from convolution to norm, and out
    assert LIGHT.branch_pale in source and LIGHT.main_pale in source
    assert "layer1.0.conv1\\n" in source.replace('"', "")


def test_equal_graphs_give_equal_text():
    graph = resnet((2,))
    assert to_dot(graph) == to_dot(replace(graph))
