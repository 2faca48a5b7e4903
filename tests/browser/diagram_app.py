"""A page with two diagrams, for the browser: says which names came back."""

import streamlit as st

from core.figures import operations, strip
from core.ui.diagram import diagram
from tests.figures.samples import resnet

st.set_page_config(layout="wide")
state = st.session_state
state.setdefault("opened", frozenset({"layer3"}))
state.setdefault("selected", "layer3.2")
state.setdefault("told", [])
state["runs"] = state.get("runs", 0) + 1
graph = resnet()


def select(name: str) -> None:
    """Remember the selection."""
    state.selected = name
    state.told.append(f"select {name}")


def toggle(name: str) -> None:
    """Open or close."""
    state.opened ^= {name}
    state.told.append(f"toggle {name}")


diagram(
    strip(graph, opened=state.opened),
    key="network",
    selected=state.selected,
    title="Each block adds its input back to its output",
    on_select=select,
    on_toggle=toggle,
)
inside = state.selected if state.selected.startswith("layer3.") else "layer3.2"
diagram(operations(graph, inside), key="inside", selected=state.selected, on_select=select)
st.button("Elsewhere", on_click=lambda: state.update(selected="layer4"))
st.text(f"told: {'; '.join(state.told)}.")
st.text(f"runs: {state.runs}.")
