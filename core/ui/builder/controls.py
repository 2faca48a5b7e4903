"""The row above the form: where to start from, classes, undo, the file, and the step that the page is for."""

from __future__ import annotations

import streamlit as st

from core.architectures import recipes
from core.architectures.starts import KNOWN, OFFERED
from core.ui import choices, own_recipes, page, selection
from core.ui.builder import fields, files, settings, work
from core.ui.builder.work import Work

_NOW, _LAST = "now", "last"
_START = "builder_start"


def draw(at: Work) -> None:
    """The row of controls."""
    with page.controls():
        with page.control("Start from"):
            _start(at)
        with page.control("Classes"):
            settings.classes(at.draft)
        with st.container(horizontal=True, horizontal_alignment="right", key="builder_actions"):
            st.button("Undo", key="builder.undo", disabled=not work.can_undo(), on_click=work.undo)
            files.keep(at.valid)
            with st.popover("Load a file"):
                files.load()
            name = recipes.name_of(at.valid)
            used = name == selection.current().model
            st.button(
                "In use on all pages" if used else "Use on all pages",
                type="primary",
                key="builder.use",
                disabled=used or not at.fits,
                on_click=selection.select,
                kwargs={"model": name},
            )


def _start(at: Work) -> None:
    options = {_NOW: f"{at.base.title}, changed"} if at.changed else {}
    options |= {key: start.title for key, start in OFFERED.items()}
    if not at.changed:
        options[at.base.key] = at.base.title
    last = next((name for name in own_recipes.names() if name != recipes.name_of(at.valid)), None)
    if last is not None:
        options[_LAST] = f"Your last: {choices.model_label(last).partition(' · ')[2]}"
    fields.show(_START, _NOW if at.changed else at.base.key)
    st.selectbox(
        "Start from",
        tuple(options),
        index=list(options).index(_NOW if at.changed else at.base.key),
        key=_START,
        format_func=options.__getitem__,
        label_visibility="collapsed",
        width=240,
        on_change=_take,
        args=(last,),
    )


def _take(last: str | None) -> None:
    chosen = st.session_state.get(_START)
    if chosen == _LAST and last is not None:
        work.take(recipes.spec_of(last))
    elif isinstance(chosen, str) and chosen in KNOWN:
        work.start_from(KNOWN[chosen])
