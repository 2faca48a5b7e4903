"""A part of the view that is chosen among a few words and kept in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.ui import selection


def segmented(label: str, field: str, values: Mapping[str, str], *, key: str) -> str:
    """A row of words; returns the chosen one.

    Args:
        label: for screen readers.
        field: of the `Selection` that keeps the choice.
        values: what the field holds by the word that stands for it.
        key: widget key.
    """
    now = getattr(selection.current(), field)
    word = next(word for word, value in values.items() if value == now)
    st.session_state[key] = word
    st.segmented_control(
        label,
        tuple(values),
        key=key,
        label_visibility="collapsed",
        required=True,
        on_change=_take,
        args=(key, field, values),
    )
    return word


def _take(key: str, field: str, values: Mapping[str, str]) -> None:
    """Take over what was chosen; a browser may send what is not offered, and that counts as nothing."""
    value = values.get(st.session_state[key])
    if value is not None:
        changes: dict[str, Any] = {field: value}
        selection.select(**changes)
