"""Find an architecture by name, family, year, size or published accuracy."""

from __future__ import annotations

import streamlit as st

from core.architectures import catalogue
from core.architectures.records import Architecture
from core.figures.numbers import human
from core.ui import page, selection

_SHOWN = 60
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
    """A dialog with filters and a table; a click on a row selects that architecture."""
    text = st.text_input("Name, family or year", placeholder="resnet 2019", key="finder.text")
    with st.container(horizontal=True):
        family = st.selectbox("Family", (_ANY, *catalogue.families()), key="finder.family")
        size = st.selectbox("Parameters", tuple(_SIZES), key="finder.size")
        accuracy = st.selectbox("Top-1, published", tuple(_ACCURACIES), key="finder.accuracy")
    found = catalogue.search(
        text,
        family=None if family == _ANY else family,
        max_parameters=_SIZES[size],
        min_top1=_ACCURACIES[accuracy],
        limit=_SHOWN,
    )
    if not found:
        page.notice("No architecture is like that.", "Take a filter away, or a word out of the search.")
        return
    event = st.dataframe(
        [_row(entry) for entry in found],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="finder.table",
        height=380,
    )
    page.source(
        f"{len(found)} shown of {len(catalogue.names())}. Select a row. Accuracies as torchvision and timm publish "
        "them, the best of each architecture's weights."
    )
    rows = event["selection"]["rows"]
    if rows:
        selection.select(model=found[rows[0]].name)
        st.rerun()


def _row(entry: Architecture) -> dict[str, str | int | float | None]:
    return {
        "Architecture": entry.title,
        "Name": entry.name,
        "Family": entry.family,
        "Year": entry.year,
        "Parameters": human(entry.parameters),
        "Top-1, %": entry.top1,
    }
