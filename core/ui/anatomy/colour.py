"""What the network's picture is coloured by: the role of each part, how much it has of a quantity, how far it sees."""

from __future__ import annotations

import streamlit as st

from core.figures.diagram import Diagram
from core.figures.field_colours import coloured_by_field
from core.figures.heat import coloured
from core.figures.quantities import MULTIPLY_ADDS, PARAMETERS, Quantity
from core.graph.records import Graph

CHOICES: tuple[str, ...] = (
    "Role",
    "Parameters",
    "Multiply-adds",
    "Activation memory",
    "Training memory",
    "Receptive field",
)
_QUANTITIES = {
    "Parameters": PARAMETERS,
    "Multiply-adds": MULTIPLY_ADDS,
    "Activation memory": Quantity("activations"),
    "Training memory": Quantity("training memory"),
}


def choose() -> str:
    """A box with `CHOICES`; put it into the page's row of controls."""
    chosen: str = st.selectbox(
        "Colour by", CHOICES, key="colour", label_visibility="collapsed", width=170, persist_state="session"
    )
    return chosen


def apply(picture: Diagram, graph: Graph, choice: str) -> Diagram:
    """The picture in the chosen colours; as it is for "Role"."""
    if choice == "Receptive field":
        return coloured_by_field(picture, graph)
    quantity = _QUANTITIES.get(choice)
    return coloured(picture, graph, quantity) if quantity else picture
