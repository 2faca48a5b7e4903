"""Which stack is shown: kept in the session, mirrored in the address as a short text such as ``stack=3-3d2``."""

from __future__ import annotations

import streamlit as st

from core.graph.stack import PRESETS, USUAL, BadStack, Stack, parse
from core.ui import address, selection
from core.ui.sent import name_in
from core.ui.wording import quoted

_KEY = "stack"  # of the address
_KEPT = "stacks.text"
_SEEN = "stacks.seen"
_SAID = "stacks.said"
_SEED = "stacks.seed"
FIRST_SEED = 3
_SEEDS = 1000  # random kernels that "Another kernel" goes through


def sync() -> None:
    """Take over what the address names, or write into it what the session holds; once in every whole run."""
    sent = st.query_params.get(_KEY, "")
    if selection.entered() and not sent and current() != USUAL:
        _write(current().text)
    elif sent != st.session_state.get(_SEEN, ""):
        st.session_state[_SEEN] = sent
        _take(sent)


def _take(text: str) -> None:
    st.session_state[_SAID] = ""
    try:
        found = parse(text) if text else USUAL
    except BadStack as error:
        found = USUAL
        st.session_state[_SAID] = f"{quoted(text)} is no stack of layers: {error}. These are two 3×3."
    st.session_state[_KEPT] = found.text


def said() -> str:
    """One sentence on an address that names no stack; "" where it does."""
    return str(st.session_state.get(_SAID, ""))


def current() -> Stack:
    """The stack of this session."""
    return parse(st.session_state.get(_KEPT, USUAL.text))


def preset() -> str | None:
    """The name of the preset that is shown, None for a stack of the visitor's own."""
    return next((name for name, stack in PRESETS.items() if stack == current()), None)


def take_preset(key: str) -> None:
    """Take over the preset that was chosen in the widget of that key; a browser may send what is not offered."""
    chosen = st.session_state.get(key)
    if isinstance(chosen, str) and chosen in PRESETS:
        _change(PRESETS[chosen])


def take_edit(key: str) -> None:
    """Take over a stack that was edited in the component of that key; whatever is none counts as nothing."""
    try:
        _change(parse(name_in(st.session_state.get(key), "edit") or ""))
    except BadStack:
        return


def _change(stack: Stack) -> None:
    st.session_state[_KEPT], st.session_state[_SAID] = stack.text, ""
    _write("" if stack == USUAL else stack.text)


def _write(text: str) -> None:
    st.session_state[_SEEN] = text
    if text:
        st.query_params[_KEY] = text
    elif _KEY in st.query_params:
        del st.query_params[_KEY]
    address.note()


def seed() -> int:
    """Which random kernel is shown."""
    return int(st.session_state.get(_SEED, FIRST_SEED))


def next_seed() -> None:
    """Show another random kernel."""
    st.session_state[_SEED] = (seed() + 1) % _SEEDS
