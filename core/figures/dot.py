"""A graph in the DOT language, for Graphviz and every program that reads it: operations, stages, roles as colours."""

from __future__ import annotations

import re
from typing import Any

import graphviz

from core.figures.items import Roles
from core.figures.numbers import exact, shape_text
from core.figures.theme import LIGHT
from core.graph.records import Graph, Group, Node

_FILLS = {"main": LIGHT.main_pale, "branch": LIGHT.branch_pale, "skip": LIGHT.background}
_LINES = {"main": LIGHT.main, "branch": LIGHT.branch, "skip": LIGHT.skip}
CROWDED = 1.5
"""Edges a node beyond which a full layout takes minutes (every layer of a dense block reads all before it)."""
_QUICK = {"splines": "line", "nslimit": "1", "nslimit1": "1", "mclimit": "0.1"}
# Neither Graphviz nor most readers of its language take these, not even quoted.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def to_dot(graph: Graph, title: str = "") -> str:
    """The whole graph: a node an operation, an edge a tensor, a cluster a stage; skips in vermillion.

    Names of the network stand in labels alone, escaped; nodes are called ``n0``, ``n1``, … in execution order, so
    that nothing in a name can be taken for the language.
    """
    dot = graphviz.Digraph(
        "network",
        graph_attr={"rankdir": "TB", "fontname": "Helvetica", "label": _label(title), "labelloc": "t"},
        node_attr={"shape": "box", "style": "filled", "fontname": "Helvetica", "fontsize": "10"},
        edge_attr={"color": LIGHT.ink_3, "arrowsize": "0.6"},
    )
    edges = sum(len(set(node.inputs)) for node in graph.nodes.values())
    if edges > CROWDED * len(graph.nodes):
        dot.attr(**_QUICK)
    ids = {name: f"n{number}" for number, name in enumerate(graph.nodes)}
    roles = Roles(graph)
    for number, stage in enumerate(graph.fold.children):
        with dot.subgraph(name=f"cluster_{number}") as cluster:
            _stage(cluster, graph, stage, ids, roles)
    for node in graph.nodes.values():
        for read in dict.fromkeys(node.inputs):
            kind = roles.of_edge(read, node.name)
            colour = {"color": LIGHT.skip, "penwidth": "2"} if kind.startswith("skip") else {}
            dot.edge(ids[read], ids[node.name], **colour)
    return str(dot.source)


def _stage(cluster: graphviz.Digraph, graph: Graph, stage: Group, ids: dict[str, str], roles: Roles) -> None:
    cluster.attr(label=_label(stage.title), color=LIGHT.control, fontsize="11")
    for name in stage.nodes:
        node = graph.nodes[name]
        role = roles.of_node(node)
        cluster.node(ids[name], label=_words(node), fillcolor=_FILLS[role], color=_LINES[role])


def _words(node: Node) -> Any:
    lines = [node.name, f"{node.kind.replace('_', ' ')}  {shape_text(node.output_shape, spaced=False)}"]
    if node.parameters:
        lines.append(f"{exact(node.parameters)} parameters")
    # Marked as text after joining: what stands between angle brackets would else be taken for HTML.
    return graphviz.nohtml("\\n".join(str(_label(line)) for line in lines))


def _label(text: str) -> Any:
    return graphviz.escape(_plain(text))


def _plain(text: str) -> str:
    return _CONTROL.sub("\ufffd", text)
