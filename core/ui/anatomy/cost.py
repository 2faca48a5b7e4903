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
_KEYS = ("cost.top", "cost.bottom")
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


def choose() -> tuple[Quantity, Quantity]:
    """A quiet door to what the halves show, and how many pictures at once where a half shows bytes."""
    names = [st.session_state.get(key, CHOICES[place]) for place, key in enumerate(_KEYS)]
    words = f"{_named(names[0])} over {_lower(_named(names[1]))}"
    with st.popover(words, type="tertiary", key="cost-door"):
        above = st.selectbox("Upper half", CHOICES, index=0, key=_KEYS[0], persist_state="session")
        below = st.selectbox("Lower half", CHOICES, index=1, key=_KEYS[1], persist_state="session")
        batch = 1
        if quantity(above).in_bytes or quantity(below).in_bytes:
            batch = st.selectbox(
                "Pictures at once", BATCHES, index=5, key="cost.batch", persist_state="session"
            )
    # A browser may send what the box does not offer.
    batch = batch if batch in BATCHES else 1
    return quantity(above, batch), quantity(below, batch)


def _named(choice: str) -> str:
    return choice if choice in CHOICES else CHOICES[0]


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


def draw(graph: Graph, node: str, quantities: tuple[Quantity, Quantity], *, width: float = 690) -> None:
    """The icicle, the bars below it, and where their numbers come from.

    Args:
        graph: the network.
        node: the selected group or operation; a click in either picture selects another one.
        quantities: of the upper and of the lower half (`choose`).
        width: px of both pictures.
    """
    top, bottom = quantities
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
