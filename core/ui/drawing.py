"""The network's picture on the page: what is opened in it, and what a click does."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from core.figures.diagram import Diagram
from core.figures.graphviz_diagram import operations
from core.figures.strip_layout import strip
from core.figures.thumbnail import thumbnail
from core.graph.records import Graph, Group
from core.ui import page, selection

Detail = Literal["Stages", "Blocks", "Operations"]
DETAILS: tuple[Detail, ...] = ("Stages", "Blocks", "Operations")
_OPENED = "drawing.opened"
_WIDTH = 1068  # px that a page of 1440 leaves for a figure


def picture(graph: Graph, node: str, detail: Detail, photo: bytes) -> Diagram:
    """The strip for a chain of blocks; Graphviz's layout at operation level and for nets that are no chain."""
    shown = opened(graph, node, detail)
    if detail == "Operations" or not graph.fold.chain:
        return operations(graph, graph.fold.name, opened=shown)
    small = thumbnail(photo) if len(graph.input_size) == 3 else None
    return strip(graph, opened=shown, width=_WIDTH, picture=small)


def opened(graph: Graph, node: str, detail: Detail) -> frozenset[str]:
    """Stages that are shown opened: those that the visitor left open, else the one of the selected node."""
    if detail == "Stages":
        return frozenset()
    kept: tuple[str, frozenset[str]] | None = st.session_state.get(_OPENED)
    if kept is not None and kept[0] == selection.current().model:
        return kept[1]
    return frozenset({stage_of(graph, node).name})


def toggle(graph: Graph, node: str, detail: Detail, shown: Diagram, name: str) -> None:
    """Open what is folded, fold what is open; what the browser sends is only taken if it is a mark of the picture."""
    if any(mark.id == name for mark in shown.marks):
        changed = opened(graph, node, detail) ^ {name}
        st.session_state[_OPENED] = (selection.current().model, frozenset(changed))


def pick(graph: Graph, name: str) -> None:
    """Select what was clicked, if it is in the graph."""
    if name in graph.groups or name in graph.nodes:
        selection.select(node=name)


def finder(graph: Graph, node: str) -> None:
    """A box that finds any operation or group by its name, and selects it."""
    key = "drawing.find"
    names = tuple(dict.fromkeys((node, *filter(None, graph.groups), *graph.nodes)))
    st.session_state[key] = node
    st.selectbox(
        "Find a layer",
        names,
        key=key,
        label_visibility="collapsed",
        on_change=lambda: pick(graph, st.session_state[key]),
        width=240,
    )


def save(picture: Diagram, title: str) -> None:
    """A button that saves the picture as an SVG file with its colours inside, in the theme at hand."""
    dark = page.dark()
    st.download_button(
        "Save the picture (SVG)",
        lambda: picture.standalone(dark=dark, title=title).encode(),
        file_name=f"{title}.svg".replace("/", "-"),
        mime="image/svg+xml",
        type="tertiary",
        on_click="ignore",
        key="drawing.save",
    )


def stage_of(graph: Graph, node: str) -> Group:
    """The stage that holds a group or operation; the last one for what none holds."""
    inside = graph.at(node).name
    stages = graph.fold.children
    return next((stage for stage in stages if inside in stage.nodes), stages[-1])


def block_of(graph: Graph, node: str) -> Group:
    """The block, or else the stage, that holds a group or operation; the group itself where it is one."""
    if node in graph.groups:
        return graph.groups[node]
    inside, stage = graph.at(node).name, stage_of(graph, node)
    return next((block for block in stage.children if inside in block.nodes), stage)
