"""Short texts with formula, figures and source for every kind of operation and every pattern of a block. Pure."""

from __future__ import annotations

from core.figures.explanations.blocks import explain_pattern, name_of, unnamed
from core.figures.explanations.markup import formula_html, formula_text
from core.figures.explanations.operations import described, explain_operation
from core.figures.explanations.records import Explanation, Source
from core.graph.patterns import patterns
from core.graph.records import Graph, Group

__all__ = [
    "Explanation",
    "Source",
    "described",
    "explain",
    "explain_operation",
    "formula_html",
    "formula_text",
    "name_of",
]


def explain(graph: Graph, name: str) -> tuple[Explanation, ...]:
    """What the group, operation or module of that name does: its patterns, the most telling one first; never empty.

    Raises:
        UnknownNode: the graph has none.
    """
    if name in graph.groups and len(graph.groups[name].nodes) > 1:
        return _of_group(graph, graph.groups[name])
    node = graph.nodes[graph.groups[name].nodes[0]] if name in graph.groups else graph.at(name)
    return (explain_operation(node),)


def _of_group(graph: Graph, group: Group) -> tuple[Explanation, ...]:
    found = patterns(graph, group)
    if found:
        return tuple({p.name: explain_pattern(graph, group, p) for p in reversed(found)}.values())[::-1]
    weighted = [graph.nodes[name] for name in group.nodes if graph.nodes[name].macs]
    return (explain_operation(weighted[0]),) if len(weighted) == 1 else (unnamed(graph, group),)
