"""The Python side of the grid: a picture and names in, the chosen place out."""

from __future__ import annotations

import base64
from collections.abc import Hashable, Sequence
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "skipscope_map_grid",
    css=_HERE.joinpath("map_grid.css").read_text(encoding="utf-8"),
    js=_HERE.joinpath("map_grid.js").read_text(encoding="utf-8"),
)


def map_grid(
    png: bytes, *, columns: int, gap: int, labels: Sequence[str], selected: int, description: str, key: str
) -> None:
    """Show tiles that were drawn into one picture; a click, or arrow keys and Enter, choose one (`chosen`).

    Args:
        png: the picture: ``len(labels)`` equal tiles in rows of ``columns``, ``gap`` pixels between them.
        columns: tiles in a row.
        gap: pixels between tiles.
        labels: what each tile is called, in reading order; exact numbers for hover and screen readers.
        selected: index of the outlined tile.
        description: the picture in words.
        key: widget key.
    """
    source = "data:image/png;base64," + base64.b64encode(png).decode()
    _component(
        key=key,
        data={
            "source": source,
            "columns": columns,
            "gap": gap,
            "labels": tuple(
                labels
            ),  # a list would make Streamlit import pandas, to see whether it is a table
            "selected": selected,
            "description": description,
        },
        on_pick_change=lambda: _keep(key),
    )


def chosen(key: str, subject: Hashable, count: int) -> int:
    """The index of the tile that was chosen in the grid of that key, for what the grid shows; 0 for something new.

    Args:
        key: widget key of the grid.
        subject: what the grid shows; a choice does not outlive it.
        count: number of tiles.
    """
    kept = f"{key}.chosen"
    if st.session_state.get(f"{kept}.subject") != subject:
        st.session_state[f"{kept}.subject"] = subject
        st.session_state[kept] = 0
    index: int = st.session_state[kept]
    return min(index, count - 1)


def _keep(key: str) -> None:
    """Take over what the browser sent, if it is an index at all."""
    state = st.session_state.get(key)
    value = getattr(state, "pick", None)
    index = value.get("index") if isinstance(value, dict) else None
    if isinstance(index, int) and not isinstance(index, bool) and index >= 0:
        st.session_state[f"{key}.chosen"] = index
