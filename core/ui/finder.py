"""Find an architecture by name, family, year, size or published accuracy."""

from __future__ import annotations

import re

import streamlit as st

from core.architectures.records import Architecture
from core.figures.numbers import human
from core.ui import choices, models, page, selection

_SHOWN = 40
_SIZES = {"any size": None, **{f"under {m} M": m * 1_000_000 for m in (5, 10, 30, 100)}}
_ACCURACIES = {
    "any accuracy": None,
    "over 70 %": 70.0,
    "over 76 %": 76.0,
    "over 80 %": 80.0,
    "over 84 %": 84.0,
}
_ANY = "any family"


@st.dialog("Find an architecture", width="large")
def open_finder() -> None:
    """A dialog with filters and a list; a click selects an architecture."""
    text = st.text_input("Name, family or year", placeholder="resnet 2015", key="finder.text")
    with st.container(horizontal=True):
        family = st.selectbox("Family", (_ANY, *models.families()), key="finder.family")
        size = st.selectbox("Parameters", tuple(_SIZES), key="finder.size")
        accuracy = st.selectbox("Top-1, published", tuple(_ACCURACIES), key="finder.accuracy")
    words, year = without_year(text)
    found = models.search(
        words,
        year=year,
        family=None if family == _ANY else family,
        max_parameters=_SIZES[size],
        min_top1=_ACCURACIES[accuracy],
        limit=_SHOWN,
    )
    if not found:
        page.notice("No architecture is like that.", "Take a filter away, or a word out of the search.")
        return
    # A list of its own for every question, so that a click on the list before cannot choose from this one.
    key = f"finder.found.{text}.{family}.{size}.{accuracy}"
    labels = {entry.name: choices.model_label(entry.name) for entry in found}
    with st.container(height=380, border=False):
        st.radio(
            "Architectures found",
            tuple(labels),
            index=None,
            format_func=labels.__getitem__,
            captions=[_caption(entry) for entry in found],
            key=key,
            on_change=_take,
            args=(key,),
            label_visibility="collapsed",
        )
    page.source(
        f"{len(found)} shown of {len(models.names())}. Accuracies as torchvision and timm publish them, the best of "
        "each architecture's weights."
    )


def without_year(text: str) -> tuple[str, int | None]:
    """A search text without the year in it, and that year: ``"resnet 2015"`` → ``("resnet", 2015)``."""
    found = re.search(r"(?<!\S)(19[89]\d|20[0-4]\d)(?!\S)", text)
    if found is None:
        return text, None
    return f"{text[: found.start()]}{text[found.end() :]}".strip(), int(found[1])


def _caption(entry: Architecture) -> str:
    parts = [
        entry.family,
        str(entry.year or ""),
        human(entry.parameters) if entry.parameters else "",
        _accuracy(entry),
    ]
    return " · ".join(filter(None, parts))


def _accuracy(entry: Architecture) -> str:
    return f"{entry.top1:.1f} %" if entry.top1 is not None else ""


def _take(key: str) -> None:
    """Select what was clicked; the run that follows draws the page without the dialog."""
    name = st.session_state[key]
    if models.known(name):
        selection.select(model=name)
        st.rerun()
