"""The network's picture on the page: what is opened in it, and what a click does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import streamlit as st

from core.figures import opening
from core.figures.diagram import Diagram
from core.figures.graphviz_diagram import NODE_LIMIT, LayoutUnavailable, operations
from core.figures.kept import by_identity
from core.figures.parts import crumbs, tree
from core.figures.strip_layout import strip
from core.figures.thumbnail import thumbnail
from core.graph.records import Graph, Group
from core.ui import address, selection, view_choice
from core.ui.diagram.search import search

Detail = Literal["Stages", "Blocks", "Operations"]
DETAILS: Mapping[str, str] = {"Stages": "stages", "Blocks": "", "Operations": "operations"}
AS_TEXT = "The network as text, further down, says the same."
_OPENED = "drawing.opened"
_QUERY = "open"
_LONGEST = 150  # letters of the address that what is opened may take
_TALLEST = 480  # px
_WIDTH = 1068  # px that a page of 1440 leaves for a figure


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is opened in this session.

    Attributes:
        model: whose parts these are.
        opened: by detail, the oldest first.
        node: the selection that was last made visible.
        address: what the address said of it when it was last read or written.
    """

    model: str
    opened: Mapping[Detail, tuple[str, ...]]
    node: str
    address: str


def choose_detail() -> Detail:
    """How far the network's picture goes into its parts, from the address; a row of words changes it."""
    chosen = view_choice.segmented("Detail", "detail", DETAILS, key="detail")
    return next(detail for detail in get_args(Detail) if detail == chosen)


def picture(graph: Graph, node: str, detail: Detail, photo: bytes) -> Diagram:
    """The strip for a chain of blocks; Graphviz's layout at operation level and for nets that are no chain.

    Where no layout program is installed, the strip without opened blocks, which needs none.
    """
    shown = opened(graph, node, detail)
    small = thumbnail(photo) if len(graph.input_size) == 3 else None
    try:
        if detail == "Operations" or not graph.fold.chain:
            return _operations(graph, graph.fold.name, shown)
        return _strip(graph, shown, small)
    except LayoutUnavailable:
        stages = {
            part.id
            for part in tree(graph).root.children
            if all(child.kind != "operation" for child in part.children)
        }
        return _strip(graph, tuple(name for name in shown if name in stages), small)


def height(picture: Diagram, least: int) -> int:
    """Px for a network's picture: what it takes where blocks are opened in it, but not a whole screen."""
    return min(max(least, round(picture.height)), _TALLEST)


def inside(graph: Graph, node: str) -> Diagram:
    """The operations of the block that holds a group or operation.

    Raises:
        LayoutUnavailable: no layout program is installed.
    """
    return _operations(graph, block_of(graph, node).name, None)


@by_identity(64)
def _strip(graph: Graph, shown: tuple[str, ...], small: str | None) -> Diagram:
    return strip(graph, opened=shown, width=_WIDTH, picture=small)


@by_identity(64)
def _operations(graph: Graph, group: str, shown: tuple[str, ...] | None) -> Diagram:
    return operations(graph, group, opened=shown)


def opened(graph: Graph, node: str, detail: Detail) -> tuple[str, ...]:
    """Parts that are shown opened: what the visitor left open, or the address says, else what the detail asks for."""
    kept = _kept(graph, node, detail)
    shown = kept.opened[detail]
    if kept.node != node:  # selected elsewhere: its block must be in the picture
        shown = opening.revealed(tree(graph), shown, block_of(graph, node).name)
        kept = replace(kept, node=node, opened={**kept.opened, detail: shown})
    st.session_state[_OPENED] = kept
    return shown


def _kept(graph: Graph, node: str, detail: Detail) -> _Kept:
    model, said = selection.current().model, st.query_params.get(_QUERY, "")[:1000]
    kept: _Kept | None = st.session_state.get(_OPENED)
    if kept is not None and kept.model != model:
        if said == kept.address and said:
            del st.query_params[_QUERY]
            address.note()
            said = ""
        kept = None
    named = opening.valid(tree(graph), said.split(","))
    if kept is None:
        return _Kept(model, {detail: named or _at_first(graph, node, detail)}, node, said)
    if said and said != kept.address and named:  # back, forward, or typed
        return replace(kept, opened={**kept.opened, detail: named}, address=said)
    if detail not in kept.opened:
        return replace(kept, opened={**kept.opened, detail: _at_first(graph, node, detail)})
    return kept


def _at_first(graph: Graph, node: str, detail: Detail) -> tuple[str, ...]:
    parts = tree(graph)
    if detail == "Stages":
        return ()
    if detail == "Blocks":
        stage = opening.valid(parts, (stage_of(graph, node).name,))
        return opening.revealed(parts, stage, block_of(graph, node).name)
    holders = [part.id for part in parts.path(node)]
    return opening.fitting(parts.root, NODE_LIMIT, holders)


def toggle(graph: Graph, node: str, detail: Detail, shown: Diagram, name: str) -> None:
    """Open what is folded, fold what is open; what the browser sends is only taken if it is a mark of the picture."""
    if any(mark.id == name for mark in shown.marks):
        shown_then = opening.toggled(tree(graph), opened(graph, node, detail), name)
        _keep(graph, node, detail, shown_then)
        selection.select(beside={_QUERY: _address(shown_then)})


def pick(graph: Graph, name: str) -> None:
    """Select what was clicked, if it is in the graph."""
    if name in graph.groups or name in graph.nodes:
        selection.select(node=name)


def find(graph: Graph, node: str, detail: Detail, name: str) -> None:
    """Select what was searched for, and open what holds it."""
    if name in graph.groups or name in graph.nodes:
        shown = opening.revealed(tree(graph), opened(graph, node, detail), name)
        _keep(graph, name, detail, shown)
        selection.select(node=name, beside={_QUERY: _address(shown)})


def _keep(graph: Graph, node: str, detail: Detail, shown: tuple[str, ...]) -> None:
    """Keep what is opened, and for which selection."""
    kept = _kept(graph, node, detail)
    st.session_state[_OPENED] = replace(
        kept, opened={**kept.opened, detail: shown}, node=node, address=_address(shown)
    )


def _address(shown: tuple[str, ...]) -> str:
    """What the address says of what is opened, without names that hold commas; nothing where that is long."""
    text = ",".join(name for name in shown if "," not in name)
    return text if len(text) <= _LONGEST else ""


def path(graph: Graph, node: str) -> tuple[tuple[str, str], ...]:
    """The way from the network to a group or operation, for the line above a diagram."""
    return crumbs(graph, node)


def finder(graph: Graph, node: str, detail: Detail) -> None:
    """A box that finds any operation or group, selects it, and opens what holds it."""
    search(graph, key="drawing.find", on_choose=partial(find, graph, node, detail))


def stage_of(graph: Graph, node: str) -> Group:
    """The stage that holds a group or operation; the last one for what none holds."""
    inside = graph.at(node).name
    stages = graph.fold.children
    return next((stage for stage in stages if inside in stage.nodes), stages[-1])


def block_of(graph: Graph, node: str) -> Group:
    """The block, or else the stage, that holds a group or operation; the group itself where it is one."""
    if node in graph.groups and len(graph.groups[node].nodes) > 1:
        return graph.groups[node]
    inside, stage = graph.at(node).name, stage_of(graph, node)
    return next((block for block in stage.children if inside in block.nodes), stage)
