"""Which layer and cell are chosen, and what to say where there is none."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.architectures.records import Architecture
from core.figures import sight_words
from core.figures.sight import Sight, SightLayer
from core.graph.records import Graph
from core.ui import page, selection
from core.ui.fields import spot as spots
from core.ui.sight import Choice
from core.ui.wording import quoted


@dataclass(frozen=True, slots=True)
class Chosen:
    """The cell that the page is about.

    Attributes:
        layer: whose cell it is: the selected one, or where that has no cells, the one before it.
        spot: where it lies on the picture, in shares of its sides.
        cell: row and column.
        remarks: sentence and way out for what was asked for in vain.
    """

    layer: SightLayer
    spot: spots.Spot
    cell: tuple[int, int]
    remarks: tuple[tuple[str, str], ...]


def chosen(content: Sight, graph: Graph, node: str) -> Chosen:
    """The chosen layer and cell; of a network that has any (`require_fields`)."""
    remarks = []
    found = content.of_node(graph, node)
    layer = found or content.before(graph, node)
    if found is None:
        remarks.append(sight_words.not_shown(graph, node, layer))
    text = selection.current().spot
    spot = spots.parse(text) if text else spots.MIDDLE
    if spot is None:
        remarks.append((f"{quoted(text)} is no place on the picture; this is the middle.", ""))
    spot = spot or spots.MIDDLE
    return Chosen(layer, spot, layer.cell_at(spot, content.picture), tuple(remarks))


def choose_layer(layer: SightLayer) -> None:
    """Select the layer, on all pages; the spot on the picture stays."""
    selection.select(node=layer.name)


def choose_cell(content: Sight, choice: Choice) -> None:
    """Select the spot where the cell lies, and its layer."""
    spot = choice.layer.spot_of(choice.cell, content.picture)
    selection.select(node=choice.layer.name, spot=spots.joined(spot))


def require_fields(question: str, content: Sight, graph: Graph, entry: Architecture) -> None:
    """Where a network has no layer whose cells could be pointed at, say why in place of the figure."""
    if content.layers:
        return
    page.header(question, sight_words.nothing_shown(graph, entry.title))
    page.notice(
        "There is nothing to point at here.", "Pick another architecture in the sidebar, such as ResNet-50."
    )
    st.button("Show ResNet-50", on_click=selection.select, kwargs={"model": selection.DEFAULT_MODEL})
    st.page_link("pages/architecture.py", label=f"The structure of {entry.title}")
    st.stop()
