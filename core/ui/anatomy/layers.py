"""All layers of the network as a table, and the rows that are shown as a file."""

from __future__ import annotations

import streamlit as st

from core.figures import layer_table
from core.graph.records import Graph, UnknownNode
from core.ui import page, selection
from core.ui.layer_table import layer_rows


@st.fragment
def draw(graph: Graph, node: str, title: str = "network") -> None:
    """The table with its switch between modules and operations; a click on a row selects it on the whole page."""
    with page.controls():
        with page.control("Rows"):
            scope = st.segmented_control(
                "Rows",
                layer_table.SCOPES,
                default="Modules",
                key="layers.scope",
                label_visibility="collapsed",
                required=True,
            )
        place = st.container(width="content")
    table = layer_table.layer_table(graph, scope)
    view = layer_rows(
        table, key="layers", selected=_row(graph, table, node), on_select=lambda n: _pick(graph, n)
    )
    place.download_button(
        "Save these rows (CSV)",
        lambda: layer_table.to_csv(table, view).encode("utf-8-sig"),
        file_name=f"{title} layers.csv".replace("/", "-"),
        mime="text/csv",
        type="tertiary",
        on_click="ignore",
        key="layers.csv",
    )


def _row(graph: Graph, table: layer_table.LayerTable, node: str) -> str:
    """The row of the selected node; for a group that is no module its operation that leaves it."""
    return node if node in table.names else graph.at(node).module_path or graph.at(node).name


def _pick(graph: Graph, name: str) -> None:
    """Select a row: the group or operation of that name, else the operation that gives the module's output."""
    try:
        known = name in graph.groups or name in graph.nodes
        selection.select(node=name if known else graph.at(name).name)
    except UnknownNode:
        return
