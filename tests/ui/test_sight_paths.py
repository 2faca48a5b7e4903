"""The paths to the selected layer on the page: figure and file, or one sentence where there is nothing to compare."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from streamlit.testing.v1 import AppTest
from torch import nn

from core.graph import trace
from core.graph.records import Graph, Node
from tests.graph.networks import Residual, conv


@cache
def residual() -> Graph:
    return trace(nn.Sequential(conv(3, 4), Residual(4, 4), Residual(4, 8, 2)), (3, 16, 16))


def script() -> None:
    import streamlit as st

    from core.ui import sight_paths

    sight_paths.draw(st.session_state["graph"], st.session_state["node"], title="small/net")


def words(graph: Graph, node: str) -> str:
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["graph"], app.session_state["node"] = graph, node
    app.run()
    assert not app.exception
    return " ".join(html.proto.body for html in app.get("html"))


def test_many_paths_come_with_what_they_do_not_show():
    told = words(residual(), "2")
    assert "What this does not show" in told
    assert "https://arxiv.org/abs/1605.06431" in told


@pytest.mark.parametrize("node, name", [("0", "Stem"), ("1.conv1", "1.conv1"), ("input", "Input")])
def test_one_path_is_told_in_a_sentence(node, name):
    told = words(residual(), node)
    assert f"One path leads to {name}: it passes " in told
    assert "does not show" not in told


def test_names_are_only_text():
    graph = residual()
    name = "<img src=x>"
    node = replace(graph.nodes["0"], name=name)
    told = words(replace(graph, nodes={"input": graph.nodes["input"], name: node}, skips=()), name)
    assert "&lt;img src=x&gt;" in told
    assert "<img" not in told


def test_a_layer_without_paths_is_told():
    lone = Node("lone", "conv", "lone", "", (), (1, 4, 8, 8), 1, 1, 0, ())
    graph = residual()
    told = words(replace(graph, nodes={**graph.nodes, "lone": lone}), "lone")
    assert "No path leads from the picture to lone." in told
