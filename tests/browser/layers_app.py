"""A page with a layer table, a block's picture and its code, for the browser: says which names came back."""

import streamlit as st

from core.architectures import build
from core.figures.block_picture import block_picture
from core.figures.code_lines import code_of
from core.figures.layer_table import layer_table, to_csv
from core.graph import Graph, trace
from core.ui import linked
from core.ui.layer_table import layer_rows

st.set_page_config(layout="wide")
state = st.session_state
state.setdefault("selected", "layer3.2")
state.setdefault("told", [])


@st.cache_resource
def traced() -> Graph:
    """A network of ours."""
    return trace(build("own/resnet50", device="meta"), (3, 64, 64))


def select(name: str) -> None:
    """Remember the selection."""
    state.selected = name
    state.told.append(name)


graph = traced()
block = graph.groups["layer3.2"]
scope = st.segmented_control("Rows", ("Modules", "Operations"), default="Operations", required=True)
table = layer_table(graph, scope)
view = layer_rows(table, key="layers", selected=state.selected, on_select=select, height=300)
st.download_button("CSV", lambda: to_csv(table, view).encode(), file_name="layers.csv", on_click="ignore")
picture = block_picture(graph, block.name)
linked.block_picture(picture, key="picture", selected=state.selected, on_select=select)
linked.code_lines(code_of(graph, block), graph, key="code", selected=state.selected, on_select=select)
st.text(f"told: {'; '.join(state.told)}.")
