"""The demonstrator on the page: presets, the stack beside its counterpart, and what an equal field does not mean."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.engine.errors import EngineError
from core.figures import kernel_words, stack_words
from core.figures.explanations import Source
from core.graph.stack import PRESETS, counterpart
from core.service import requests
from core.ui import asking, page, server
from core.ui.stacks import choice, component

_HEIGHT = 150  # px of the kernels' pictures
# Streamlit's words do not wrap, and in a narrow window the last one would be cut.
_NARROW = "<style>@media (max-width: 640px) { .st-key-stacks-preset button { padding: 0 8px; } }</style>"


def draw() -> None:
    """The whole part; each of its two figures runs again on its own when something in it is changed."""
    choice.sync()
    _stack()
    _proof()


@st.fragment
def _stack() -> None:
    if choice.said():
        page.notice(choice.said())
    stack = choice.current()
    other = counterpart(stack)
    page.figure_title(stack_words.title(stack, other), stack_words.subtitle(stack))
    st.session_state["stacks.preset"] = choice.preset()
    # On a row of its own: beside a title of changing length it would move away under the pointer.
    st.segmented_control(
        "Stack",
        tuple(PRESETS),
        key="stacks.preset",
        label_visibility="collapsed",
        on_change=choice.take_preset,
        args=("stacks.preset",),
    )
    st.html(_NARROW)
    component.stack(stack, other, key="stacks.stack", on_edit=choice.take_edit)
    _sources(stack_words.SOURCES)


@st.fragment
def _proof() -> None:
    seed = choice.seed()
    pending = asking.ask("kernels", seed, lambda: requests.kernel_proof(seed, visitor=server.visitor()))
    try:
        if not pending.wait(asking.PATIENCE):
            page.figure_title(kernel_words.AWAITED)
            asking.watch(pending, _HEIGHT)
            return
        found = pending.result()
    except EngineError as error:
        page.notice(str(error))
        st.button("Try again", key="stacks.again", on_click=asking.forget, args=("kernels",))
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        page.figure_title(kernel_words.title(found), kernel_words.SUBTITLE)
        st.button("Another kernel", key="stacks.another", on_click=choice.next_seed)
    component.kernels(found, key="stacks.kernels")
    page.paragraph(kernel_words.meaning(found), kernel_words.LEAD)
    page.source(kernel_words.method(found))


def _sources(found: Sequence[tuple[str, Source, str]]) -> None:
    links = "; ".join(
        f'{escape(words)} <a href="{escape(paper.url)}" target="_blank" rel="noopener" title="{escape(paper.title)}">'
        f"{escape(paper.authors)} {paper.year}</a>{f', {escape(place)}' if place else ''}"
        for words, paper, place in found
    )
    st.html(f'<p class="sk-source sk-papers">{links}.</p>')
