"""What stands below the figure: what is missing and why, and where the numbers come from."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.figures import sight_heat, sight_words
from core.figures.numbers import SPACE
from core.ui import asking, page
from core.ui.fields.comparing import Compared
from core.ui.fields.looking import Look
from core.ui.fields.measuring import Effect

_AWAITED = 32  # px of the line on what is awaited
_PAPERS = (
    ("Araujo et al. 2019", "https://distill.pub/2019/computing-receptive-fields/"),
    ("Luo et al. 2016", "https://arxiv.org/abs/1701.04128"),
)


def missing(look: Look, others: Compared, *, title: str) -> None:
    """Sentences on what cannot be shown."""
    if look.view is None and not look.failure:
        page.notice(
            f"{title} is read from a file, and nothing in it is run: what its cells can see follows from its graph, "
            "what they respond to and what moves them does not.",
            "Pick an architecture in the sidebar that is built here to see these too.",
        )
    if look.failure:
        page.notice(f"How the cells respond is not shown. {look.failure}")
    for sentence in others.failed:
        page.notice(sentence)


def awaited(others: Compared) -> None:
    """What is awaited for the comparison, until it is there and the page runs again."""
    if others.awaited:
        asking.watch(others.awaited[0], _AWAITED)


def source(effect: Effect, origin: str, credit: str, placement: str) -> None:
    """Where the numbers come from, with the papers; and which variant of the network a known figure belongs to."""
    parts = ["Fields computed from the graph by interval arithmetic, the padding not cut off"]
    if effect.view is not None and effect.over:  # before, the number of pictures grows and is told elsewhere
        field = effect.view.field
        parts.append(sight_words.measured_words(field, origin, effect.weights))
        smooth = f"{sight_heat.smoothing(field.heat):g}{SPACE}px"
        parts.append(f"drawn smoothed, σ = {smooth}; measured here on {effect.view.device}")
    papers = ", ".join(
        f'<a href="{url}" target="_blank" rel="noopener">{escape(name)}</a>' for name, url in _PAPERS
    )
    variant = f" {escape(placement)}" if placement else ""
    st.html(
        f'<p class="sk-source sk-papers">{escape("; ".join(parts))}. {escape(credit)}.{variant} {papers}.</p>'
    )
