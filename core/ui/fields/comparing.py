"""Which architectures the growth of fields is compared with, and their graphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from core.engine.errors import EngineError
from core.graph.records import Graph
from core.service.pending import Pending
from core.ui import choices, compared, models, page, selection, subject

MOST = 3
USUAL = ("vgg16", "mobilenet_v2")
"""Shown where nothing is chosen: a plain network, and one whose kernels look at single channels."""
_NONE = "none"
_CHIPS = (150, 85)  # px of the box of architectures, and more for each of them
_KEY = "fields.growth"


@dataclass(frozen=True, slots=True)
class Compared:
    """The networks whose graphs are there, those still awaited, and sentences on those that cannot be traced."""

    graphs: tuple[tuple[str, Graph], ...] = ()
    awaited: tuple[Pending[Graph], ...] = ()
    failed: tuple[str, ...] = field(default=())


def names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The chosen architectures, without the one that the page is about, and what to say of those left out."""
    text, model = selection.current().growth, selection.current().model
    if text == _NONE:
        return (), ()
    if not text:
        return tuple(name for name in USUAL if name != model), ()
    others = (name for name in text.split(",") if name.strip() != model)
    return compared.parse(compared.joined(tuple(others)), most=MOST)


def control() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The box that chooses them; returns what is chosen, and sentences on what was asked for in vain."""
    chosen, left_out = names()
    with page.control("Compare growth with"):
        st.session_state[_KEY] = list(chosen)
        st.multiselect(
            "Compare growth with",
            tuple(
                name
                for name in dict.fromkeys((*chosen, *models.names()))
                if name != selection.current().model
            ),
            key=_KEY,
            format_func=choices.short_label,
            max_selections=MOST,
            select_all=False,
            label_visibility="collapsed",
            on_change=_take,
            width=_CHIPS[0] + _CHIPS[1] * len(chosen),
        )
    return chosen, left_out


def _take() -> None:
    """Compare with what was chosen; a browser may send what the box does not offer, and that counts as nothing."""
    found, _ = compared.parse(compared.joined([str(name) for name in st.session_state[_KEY]]), most=MOST)
    selection.select(growth=compared.joined(found) or _NONE)


def graphs(chosen: Sequence[str]) -> Compared:
    """Their graphs at their own input sizes, as far as they are there; never waits."""
    found: list[tuple[str, Graph]] = []
    awaited: list[Pending[Graph]] = []
    failed: list[str] = []
    for place, name in enumerate(chosen):
        entry = models.get(name)
        pending = subject.ask_graph(entry, entry.input_size, f"graph.growth.{place}")
        if not pending.wait(0):
            awaited.append(pending)
            continue
        try:
            found.append((entry.title, pending.result()))
        except EngineError as error:
            failed.append(f"{entry.title} is left out of the growth. {error}")
    return Compared(tuple(found), tuple(awaited), tuple(failed))
