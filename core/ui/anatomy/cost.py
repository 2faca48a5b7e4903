"""Where the cost is: an icicle of two quantities, and bars along the depth."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.figures import cost_statements
from core.figures.depth_bars import depth_bars, depth_title
from core.figures.icicle import cost_icicle
from core.figures.quantities import MULTIPLY_ADDS, PARAMETERS, Quantity
from core.graph.records import Graph
from core.probes.footprint import Optimiser
from core.ui import drawing, page
from core.ui.diagram import diagram

CHOICES: tuple[str, ...] = (
    "Parameters",
    "Multiply-adds",
    "Activations",
    "Training memory, SGD",
    "Training memory, momentum",
    "Training memory, Adam",
)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_HEIGHT = 300  # px; both pictures are lower and never scroll up and down


def quantity(choice: str, batch: int = 1) -> Quantity:
    """What a choice of `CHOICES` stands for, at a number of pictures at once; anything else counts as the first."""
    optimisers: dict[str, Optimiser] = {
        "Training memory, SGD": "SGD",
        "Training memory, momentum": "momentum",
        "Training memory, Adam": "Adam",
    }
    if choice in optimisers:
        return Quantity("training memory", batch, optimisers[choice])
    if choice == "Activations":
        return Quantity("activations", batch)
    return MULTIPLY_ADDS if choice == "Multiply-adds" else PARAMETERS


def draw(graph: Graph, node: str, *, width: float = 690) -> None:
    """The controls, the icicle, the bars below it, and where their numbers come from.

    Args:
        graph: the network.
        node: the selected group or operation; a click in either picture selects another one.
        width: px of both pictures.
    """
    top, bottom = _controls()
    pick = partial(drawing.pick, graph)
    diagram(
        cost_icicle(graph, top=top, bottom=bottom, width=width),
        key="cost",
        selected=node,
        title=cost_statements.title(graph, top, bottom),
        subtitle=cost_statements.subtitle(graph, top),
        height=_HEIGHT,
        on_select=pick,
    )
    told, explained = depth_title(graph, top)
    diagram(
        depth_bars(graph, top, width=width),
        key="depth",
        selected=node,
        title=told,
        subtitle=explained,
        height=_HEIGHT,
        on_select=pick,
    )
    page.source(cost_statements.source(top, bottom))


def _controls() -> tuple[Quantity, Quantity]:
    """What the halves show, and how many pictures at once where a half shows bytes."""
    with page.controls():
        with page.control("Above"):
            above = _choose("Above", "cost.top", 0)
        with page.control("Below"):
            below = _choose("Below", "cost.bottom", 1)
        batch = 1
        if quantity(above).in_bytes or quantity(below).in_bytes:
            with page.control("Batch"):
                batch = st.selectbox(
                    "Batch",
                    BATCHES,
                    index=5,
                    key="cost.batch",
                    label_visibility="collapsed",
                    width=84,
                )
    # A browser may send what the box does not offer.
    batch = batch if batch in BATCHES else 1
    return quantity(above, batch), quantity(below, batch)


def _choose(label: str, key: str, index: int) -> str:
    chosen: str = st.selectbox(label, CHOICES, index=index, key=key, label_visibility="collapsed", width=200)
    return chosen
