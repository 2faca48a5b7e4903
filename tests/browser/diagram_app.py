"""A page with two diagrams, for the browser: says which names came back."""

import streamlit as st

from core.figures import operations, strip
from core.figures.opening import revealed, toggled
from core.figures.parts import crumbs, tree
from core.ui.diagram import diagram
from core.ui.diagram.search import search
from tests.figures.samples import resnet

st.set_page_config(layout="wide")
state = st.session_state
state.setdefault("opened", ("layer3",))
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
    state.opened = toggled(tree(graph), state.opened, name)
    state.told.append(f"toggle {name}")


def find(name: str) -> None:
    """Select what was searched for and open what holds it."""
    state.opened = revealed(tree(graph), state.opened, name)
    select(name)


search(graph, key="search", on_choose=find)
st.text_input("Elsewhere to write")
diagram(
    strip(graph, opened=state.opened),
    key="network",
    selected=state.selected,
    title="Each block adds its input back to its output",
    path=crumbs(graph, state.selected),
    described="Told as text below.",
    file_name="ResNet <50>",
    on_select=select,
    on_toggle=toggle,
)
inside = next(
    (name for name in graph.groups if name.count(".") == 1 and state.selected.startswith(name)), "layer3.2"
)
diagram(operations(graph, inside), key="inside", selected=state.selected, on_select=select)
if "second" in st.query_params:
    diagram(strip(graph, opened=["layer3"]), key="second", selected=state.selected, on_select=select)
st.button("Elsewhere", on_click=lambda: state.update(selected="layer4"))
st.text(f"told: {'; '.join(state.told)}.")
st.text(f"runs: {state.runs}.")
